"""How well trackers read the pitch of real clips whose f0 is known, and how long they take.

`python -m benchmarks.pitch` reads 24 clips of each of three recipes: their own sound, and for the
first recipe their log-mel through the vocoder of the scores. It prints raw pitch accuracy of all
frames and of steady ones, means over clips, and milliseconds of CPU time a clip. Trackers that are
not installed are left out.

    python -m benchmarks.pitch yin pyin     # these alone
"""

from __future__ import annotations

import sys
import time

import numpy as np

from dsounds.datasets import FrameGrid, load_recipe, open_corpus
from dsounds.synth.features import log_mel, to_audio
from dsounds.synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from dsounds.train.scores.data.melody import melody_of
from dsounds.train.scores.sound.pitch_accuracy import pitch_accuracy
from dsounds.train.scores.sound.tracker import TRACKERS, track
from dsounds.train.scores.sound.vocoded import ITERATIONS, Sounds

CLIPS = 24
RECIPES = ("paper", "octaves", "instruments-16")


def sounds() -> dict[str, Sounds]:
    """Clips of each recipe, drawn at random, by what is printed of them."""
    found = {}
    for name in RECIPES:
        corpus = open_corpus(load_recipe(name))
        clips = np.sort(np.random.default_rng(0).permutation(len(corpus))[:CLIPS])
        audio = corpus.audio(clips)
        found[name] = Sounds(audio, melody_of(corpus, corpus.labels(clips)[0], FrameGrid()))
    first = found[RECIPES[0]]
    again = np.stack([to_audio(x, iterations=ITERATIONS) for x in log_mel(first.audio)])
    return {**found, f"{RECIPES[0]}, vocoder": Sounds(again, first.melody)}


def measure(tracker: str, heard: Sounds) -> tuple[float, float, float]:
    """Accuracy of all and of steady frames, and milliseconds a clip."""
    track(tracker, heard.audio[0], SAMPLE_RATE_HZ)  # weights are read, code is compiled
    start = time.process_time()
    tracks = [track(tracker, one, SAMPLE_RATE_HZ) for one in heard.audio]
    cost = (time.process_time() - start) / len(tracks) * 1e3
    read = [pitch_accuracy(one, heard.melody, clip) for clip, one in enumerate(tracks)]
    return float(np.mean([r.whole for r in read])), float(np.mean([r.steady for r in read])), cost


def main(names: list[str]) -> None:
    """Print a line for each tracker."""
    made = sounds()
    print("| tracker | " + " | ".join(made) + " | ms |")
    print("|---|" + "---|" * (len(made) + 1))
    for name in names or TRACKERS.names:
        if TRACKERS.load(name).installed:
            read = [measure(name, heard) for heard in made.values()]
            cells = [f"{whole:.3f}, {steady:.3f}" for whole, steady, _ in read]
            print(f"| {name} | " + " | ".join(cells) + f" | {read[0][2]:.0f} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
