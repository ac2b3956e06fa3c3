"""Rendering against other synthesizers in one run: processor time, and how far their sound is.

`python -m benchmarks.peers`. Each way renders the same clips of the paper's recipe, violin and
trumpet, 4 s at 16 kHz, mono, with the SoundFont and the notes in memory. A rate is clips per second
of processor time, the best of some rounds in which the ways take turns. symusic and tinysoundfont
are measured where they are installed:

    pip install --constraint constraints.txt -e .[peers]
    pip install --constraint constraints.txt --no-deps tinysoundfont

(tinysoundfont asks for PyAudio, which it needs only to play through a loudspeaker.)

The difference is from what FluidSynth itself plays, note by note on a fresh synthesizer: the
correlation, and the level of what is left where each clip has the gain that fits best.
"""

from __future__ import annotations

import importlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dsounds.datasets import DMelodies
from dsounds.datasets.storage.shard import labels
from dsounds.soundfonts import find_font
from dsounds.synth.music.melody import CLIP_SAMPLES
from dsounds.synth.music.midi import to_midi
from dsounds.synth.music.schedule import Schedule
from dsounds.synth.rendering.fluidsynth import SAMPLE_RATE_HZ, Font
from dsounds.synth.rendering.note_table import build_table
from dsounds.synth.rendering.render import DirectRenderer, NoteRenderer, render_float, render_pcm

ROUNDS, BATCH, COMPARED = 7, 128, 16
RECIPE = DMelodies()
_NOTHING = 1e-20  # stands for a difference of nothing: -200 dB


@dataclass(frozen=True)
class Way:
    """A way to render: `render` gives the first n clips, (n, samples) each of any length."""

    render: Callable[[int], list[np.ndarray]]
    clips: int


def main() -> None:
    """Print rates and differences of every way that is installed."""
    own = labels(RECIPE, RECIPE.positions(np.arange(BATCH))).schedule
    font_path = str(find_font())
    with Font(find_font()) as font:
        table = build_table(font, RECIPE.voices, RECIPE.note_codes(), CLIP_SAMPLES)
        notes = NoteRenderer(table, CLIP_SAMPLES)
        direct = DirectRenderer(font, RECIPE.voices, CLIP_SAMPLES)
        out = np.empty((BATCH, CLIP_SAMPLES), np.int16)
        ways = {
            "dsounds, sum of notes, int16": Way(
                lambda n: list(render_pcm(notes, own[:n], out[:n])[0]), BATCH
            ),
            "FluidSynth, fresh for each clip": Way(
                lambda n: list(render_float(direct, own[:n])), 32
            ),
        }
        others, absent = installed(own, font_path)
        ways |= others
        true = render_float(direct, own[:COMPARED])
        rates = rates_of(ways)
        found = {name: difference(way.render(COMPARED), true) for name, way in ways.items()}
    _print(rates, found)
    print("\n".join(absent))


def installed(own: Schedule, font_path: str) -> tuple[dict[str, Way], list[str]]:
    """The peers that are installed, and a line for each that is not."""
    ways, absent = {}, []
    for name, make in (("symusic", _symusic), ("tinysoundfont", _tinysoundfont)):
        try:
            importlib.import_module(name)
        except ImportError as error:
            absent.append(f"{name} is not measured: {error}")
        else:
            ways[f"{name}, kept"] = Way(make(own, font_path), BATCH)
    return ways, absent


def rates_of(ways: dict[str, Way]) -> dict[str, float]:
    """Clips per second of processor time of each way, the best of the rounds."""
    best = dict.fromkeys(ways, 0.0)
    for turn in range(ROUNDS + 1):
        for name, way in ways.items():
            start = time.process_time()
            way.render(way.clips)
            seconds = time.process_time() - start
            if turn:
                best[name] = max(best[name], way.clips / seconds)
    return best


def difference(clips: list[np.ndarray], true: np.ndarray) -> tuple[float, float]:
    """Mean correlation with the true clips (n, samples), and the level of what is left in dB."""
    found = []
    for clip, wanted in zip(clips, true.astype(np.float64), strict=True):
        sound = np.zeros(len(wanted))
        sound[: len(clip)] = clip[: len(wanted)]
        power, common = wanted @ wanted, sound @ wanted
        correlation = common / np.sqrt((sound @ sound) * power)
        rest = sound * (common / (sound @ sound)) - wanted
        found.append((correlation, 10 * np.log10(max(rest @ rest / power, _NOTHING))))
    correlation, level_db = np.mean(found, axis=0)
    return float(correlation), float(level_db)


def _symusic(own: Schedule, font_path: str) -> Callable[[int], list[np.ndarray]]:
    import symusic

    scores = []
    for midi in _midis(own):
        file = io.BytesIO()
        midi.write(file)
        scores.append(symusic.Score.from_midi(file.getvalue()))
    synthesizer = symusic.Synthesizer(font_path, SAMPLE_RATE_HZ)
    return lambda n: [synthesizer.render(score, stereo=False)[0] for score in scores[:n]]


def _tinysoundfont(own: Schedule, font_path: str) -> Callable[[int], list[np.ndarray]]:
    import tinysoundfont

    synth = tinysoundfont.Synth(samplerate=SAMPLE_RATE_HZ)
    sfid = synth.sfload(font_path)
    programs = _programs(own)
    events = [_events(notes) for notes in own.notes]

    def render(clip: int) -> np.ndarray:
        synth.sounds_off()
        synth.program_select(0, sfid, 0, programs[clip])
        done, parts = 0, []
        for sample, is_onset, pitch, velocity in events[clip]:
            if sample > done:
                parts.append(np.frombuffer(synth.generate(sample - done), np.float32))
                done = sample
            if is_onset:
                synth.noteon(0, pitch, velocity)
            else:
                synth.noteoff(0, pitch)
        stereo = np.concatenate(parts).reshape(-1, 2)
        return (stereo[:, 0] + stereo[:, 1]) * np.float32(0.5)

    return lambda n: [render(clip) for clip in range(n)]


def _events(notes: np.ndarray) -> list[tuple[int, bool, int, int]]:
    """Sample, whether a note begins, pitch and velocity, in the order of time; the end is last."""
    found = [(CLIP_SAMPLES, False, 0, 0)]
    for onset, offset, pitch, velocity in notes.tolist():
        if velocity:
            found.append((onset, True, pitch, velocity))
            found.append((min(offset, CLIP_SAMPLES - 1), False, pitch, velocity))
    return sorted(found)


def _programs(own: Schedule) -> list[int]:
    return [RECIPE.voices[voice].program for voice in own.voices[:, 0]]


def _midis(own: Schedule) -> list:
    pairs = zip(own.notes, _programs(own), strict=True)
    return [to_midi(notes, [program]) for notes, program in pairs]


def _print(rates: dict[str, float], differences: dict[str, tuple[float, float]]) -> None:
    ours = next(iter(rates.values()))
    print(f"{'':<34}{'clips per CPU s':>16}{'ours is x':>11}{'correlation':>13}{'left, dB':>10}")
    for name, rate in rates.items():
        correlation, level_db = differences[name]
        print(f"{name:<34}{rate:>16,.4g}{ours / rate:>11.2f}{correlation:>13.4f}{level_db:>10.1f}")


if __name__ == "__main__":
    main()
