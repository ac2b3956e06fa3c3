"""Is a corpus what its labels say? Hashes, labels, sound made again, sound heard.

Four questions, each answered by other means than those that made the corpus:

1. files: does every shard have the sha256 of corpus.json?
2. labels: do classes, values and notes follow from each clip's position in the factor space?
3. sound: does a sample of clips, rendered again, have the same bytes?
4. hearing: do YIN and a spectral-flux onset detector find the labelled pitches and onsets?

Trackers do not understand every sound (pads, choirs, bells), so what they hear is reported per
instrument, and counts as wrong only when not one instrument's pitches are confirmed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import mir_eval
import numpy as np

from ..soundfonts.catalogue import file_sha256
from ..soundfonts.errors import DsoundsError
from ..synth.fluid import SAMPLE_RATE_HZ
from ..synth.listen import note_pitches, onset_times
from ..synth.pcm import to_float
from ..synth.render import DirectRenderer, render_pcm
from . import manifest as manifests
from .corpus import Corpus, open_corpus
from .dmelodies import INSTRUMENT
from .shard import labels
from .sound import open_font

CONFIRMED = 0.9
_ONSET_TOLERANCE_S = 0.05


@dataclass(frozen=True)
class Heard:
    """What trackers found for one instrument.

    pitch: part of the notes within 50 cents of their label, octaves aside; onset_precision: part
    of the onsets heard that are labelled; onset_recall: part of the labelled that are heard.
    """

    instrument: str
    clips: int
    pitch: float
    onset_precision: float
    onset_recall: float

    @property
    def confirmed(self) -> bool:
        """Whether the pitches are as labelled, as far as the tracker can tell."""
        return self.pitch >= CONFIRMED


@dataclass
class Findings:
    """What `verify` found; an empty `problems` is a sound corpus."""

    shards: int = 0
    clips: int = 0
    rerendered: int = 0
    heard: list[Heard] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def verify(path: str | Path, sample: int = 32, seed: int = 0) -> Findings:
    """Check a corpus. sample: clips to render again and to listen to.

    Raises DsoundsError when there is no complete corpus at `path`.
    """
    if sample < 0:
        raise DsoundsError(f"sample is {sample}: 0 clips or more are needed")
    folder = Path(path)
    found = Findings()
    found.problems += _damaged_files(folder)
    found.shards = len(manifests.read(folder).shards)
    if found.problems:
        return found
    corpus = open_corpus(folder)
    found.clips = len(corpus)
    found.problems += _wrong_labels(corpus)
    count = min(sample, len(corpus))
    clips = np.sort(np.random.default_rng(seed).choice(len(corpus), count, replace=False))
    try:
        found.problems += _other_sound(corpus, clips)
        found.rerendered = len(clips)
    except DsoundsError as error:
        found.problems.append(f"cannot render again: {error}")
    found.heard = _listen(corpus, clips)
    if found.heard and not any(heard.confirmed for heard in found.heard):
        found.problems.append("the labelled pitches are not those that a pitch tracker hears")
    return found


def _damaged_files(folder: Path) -> list[str]:
    problems = []
    manifest = manifests.read(folder)
    if not manifest.complete:
        problems.append(f"{folder} is not complete: run the same dsounds generate again")
    for shard in manifest.shards:
        path = folder / shard["file"]
        if not path.is_file():
            problems.append(f"shard {path} is missing")
        elif file_sha256(path) != shard["sha256"]:
            problems.append(f"shard {path} is damaged: its sha256 is not the one in corpus.json")
    return problems


def _wrong_labels(corpus: Corpus) -> list[str]:
    recipe = corpus.manifest.typed_recipe()
    index = recipe.positions(np.arange(recipe.clips))
    true = labels(recipe, index)
    stored = {
        "index": (corpus.index, index),
        "classes": (corpus.classes, true.classes),
        "values": (corpus.values, true.values),
        "notes": (corpus.notes(np.arange(len(corpus))), true.schedule.notes),
    }
    if manifests.choice_sha256(recipe) != corpus.manifest.choice_sha256:
        return ["this version of NumPy draws other clips from the same seed: compare with the old"]
    for name in corpus.splits:
        if not np.array_equal(corpus.source.rows(f"splits/{name}", None), recipe.parts(name)):
            return [f"the split {name!r} is not the recipe's"]
    return [
        f"{name} of {int(wrong.sum())} clips is not the recipe's, first of clip {wrong.argmax()}"
        for name, (here, there) in stored.items()
        if (wrong := np.atleast_2d((here != there).T).any(axis=0)).any()
    ]


def _other_sound(corpus: Corpus, clips: np.ndarray) -> list[str]:
    """Clips whose stored sound is not what rendering gives."""
    if corpus.manifest.renderer == "direct":
        with open_font(corpus.manifest) as font:
            direct = DirectRenderer(font, corpus.sound.recipe.voices, corpus.clip_samples)
            again, peaks = render_pcm(direct, corpus.schedule(corpus.values[clips]))
    else:
        again, peaks = corpus.render(corpus.values[clips])
    other = (again != corpus.pcm(clips)).any(axis=1) | (peaks != corpus.peak[clips])
    return [f"clip {clip} rendered again is another sound" for clip in clips[other]]


def _listen(corpus: Corpus, clips: np.ndarray) -> list[Heard]:
    column = corpus.space.column(INSTRUMENT)
    names = corpus.space.factors[column].names
    every = corpus.notes(np.arange(len(corpus)))["pitch"]
    lowest, highest = int(every.min()) - 3, max(int(every.max()) + 3, int(every.min()) + 12)
    heard = []
    for instrument in np.unique(corpus.classes[clips, column]):
        own = clips[corpus.classes[clips, column] == instrument]
        pitches, onsets = [], []
        for sound, notes in zip(to_float(corpus.pcm(own)), corpus.notes(own), strict=True):
            error = note_pitches(sound, notes, lowest, highest) - notes["pitch"]
            pitches.extend(np.abs((error + 6) % 12 - 6) < 0.5)
            true = notes["onset_sample"] / SAMPLE_RATE_HZ
            _, precision, recall = mir_eval.onset.f_measure(
                true, onset_times(sound), window=_ONSET_TOLERANCE_S
            )
            onsets.append((precision, recall))
        precision, recall = np.mean(onsets, axis=0)
        heard.append(Heard(names[instrument], len(own), float(np.mean(pitches)), precision, recall))
    return heard
