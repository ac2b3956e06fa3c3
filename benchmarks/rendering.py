"""Rendering: every way to the same clips, in one run on one core.

A rate is the best of some rounds, in which the ways take turns, so that a busy moment of the
machine hits all of them. Each way renders violin and trumpet clips of the paper's recipe.
pretty_midi per clip comes first and alone: libfluidsynth shares the samples of a SoundFont that
is open anywhere in the process, which would spare it the loading that it costs its users.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import fluidsynth
import numpy as np
import torch

from dsounds.datasets import DMelodies, generate
from dsounds.datasets.storage.note_cache import VARIABLE
from dsounds.datasets.storage.shard import labels
from dsounds.soundfonts import find_font
from dsounds.synth import features
from dsounds.synth.music.melody import CLIP_SAMPLES, SIZES, slots
from dsounds.synth.music.midi import to_midi
from dsounds.synth.music.schedule import Schedule
from dsounds.synth.rendering import torch_renderer
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.note_table import build_table
from dsounds.synth.rendering.pcm import to_float
from dsounds.synth.rendering.render import (
    DirectRenderer,
    NoteRenderer,
    Renderer,
    render_float,
    render_pcm,
)

Ways = dict[str, tuple[int, Callable[[int], object]]]

ROUNDS = 5
PER_CLIP = "pretty_midi.fluidsynth, per clip"
CLIP_S = CLIP_SAMPLES / 16_000
RECIPE = DMelodies()
MOVING = DMelodies(crossfade=True, crescendos=(-12.0, 0.0, 12.0))
BATCH = 128
SPECTRA = 16


def main() -> None:
    """Print clips per second and x real time of every way."""
    torch.set_num_threads(1)
    print(f"slots of all {np.prod(SIZES):,} melodies: {slot_table_s():.2f} s\n")
    font_path = find_font()
    own, moving = _schedule(RECIPE), _schedule(MOVING)
    programs = [RECIPE.voices[voice].program for voice in own.voices[:, 0]]
    midis = [to_midi(n, [program]) for n, program in zip(own.notes, programs, strict=True)]
    rates = _rates({PER_CLIP: (4, lambda n: _per_clip(midis[:n], font_path))})
    kept = fluidsynth.Synth(samplerate=16_000)
    sfid = kept.sfload(str(font_path))
    with Font(font_path) as font, tempfile.TemporaryDirectory(dir=".") as folder:
        table = build_table(font, RECIPE.voices, RECIPE.note_codes(), CLIP_SAMPLES)
        notes = NoteRenderer(table, CLIP_SAMPLES)
        direct = DirectRenderer(font, RECIPE.voices, CLIP_SAMPLES)
        ways: Ways = {
            "pretty_midi, synth kept": (64, lambda n: _kept(midis[:n], kept, sfid)),
            "direct": (64, lambda n: render_float(direct, own[:n])),
            **_in_memory(notes, own, moving),
            **_on_devices(notes, own),
            **_on_disk(Path(folder)),
        }
        _print(rates | _rates(ways))


def _schedule(recipe: DMelodies) -> Schedule:
    return labels(recipe, recipe.positions(np.arange(BATCH))).schedule


def _in_memory(notes: NoteRenderer, own: Schedule, moving: Schedule) -> Ways:
    out, peaks = np.empty((BATCH, CLIP_SAMPLES), np.int16), np.empty(BATCH, np.float32)
    copied = np.empty_like(out)
    return {
        "notes, float": (BATCH, lambda n: render_float(notes, own)),
        "notes, int16, NumPy": (BATCH, lambda n: Renderer.clips(notes, own, out, peaks)),
        "notes, int16": (BATCH, lambda n: render_pcm(notes, own, out)),
        "notes, int16, moving": (BATCH, lambda n: render_pcm(notes, moving, out)),
        "memory copy": (BATCH, lambda n: np.copyto(copied, out)),
    }


def _on_devices(notes: NoteRenderer, own: Schedule) -> Ways:
    """Sound and log-mel spectrograms by torch, on a CPU and on a GPU where there is one."""
    audio = to_float(render_pcm(notes, own[:SPECTRA])[0])
    ways: Ways = {"log-mel, NumPy": (SPECTRA, lambda n: features.log_mel(audio))}
    for place, batch in ("cpu", SPECTRA), ("cuda", BATCH):
        if place == "cpu" or torch.cuda.is_available():
            ways |= _on_device(
                torch_renderer.DeviceRenderer(notes.table, place), own[:batch], place
            )
    return ways


def _on_device(renderer: torch_renderer.DeviceRenderer, own: Schedule, place: str) -> Ways:
    sound = renderer.clips(own, CLIP_SAMPLES)

    def finished(made: torch.Tensor) -> None:
        made[-1, -1].cpu()  # waits for a GPU

    return {
        f"notes, torch, {place}": (
            len(own),
            lambda n: finished(renderer.clips(own, CLIP_SAMPLES)),
        ),
        f"log-mel, torch, {place}": (len(own), lambda n: finished(torch_renderer.log_mel(sound))),
        f"notes to log-mel, torch, {place}": (
            len(own),
            lambda n: finished(torch_renderer.log_mel(renderer.clips(own, CLIP_SAMPLES))),
        ),
    }


def _on_disk(folder: Path) -> Ways:
    os.environ[VARIABLE] = str(folder / "notes")
    pcm = np.ones((BATCH, CLIP_SAMPLES), np.int16)
    return {
        "notes, into shards": (RECIPE.clips, lambda n: _into_shards(folder)),
        "notes, into shards, on one core": (
            RECIPE.clips,
            lambda n: _on_one_core(lambda: _into_shards(folder)),
        ),
        "disk write of the same bytes": (RECIPE.clips, lambda n: _write(folder, pcm)),
    }


def slot_table_s() -> float:
    """Seconds to write down all 1,354,752 melodies, slot by slot."""
    classes = np.indices(SIZES).reshape(len(SIZES), -1).T
    start = time.perf_counter()
    slots(classes)
    return time.perf_counter() - start


def _rates(ways: Ways) -> dict[str, float]:
    """Clips per second of each way, the best of the rounds."""
    best = dict.fromkeys(ways, 0.0)
    for turn in range(ROUNDS + 1):
        for name, (clips, way) in ways.items():
            start = time.perf_counter()
            seconds = way(clips)
            seconds = seconds if isinstance(seconds, float) else time.perf_counter() - start
            if turn:
                best[name] = max(best[name], clips / seconds)
    return best


def _print(rates: dict[str, float]) -> None:
    memory, kept = rates["notes, int16"], rates["pretty_midi, synth kept"]
    print(f"{'one process':<34}{'clips/s':>10}{'x real time':>13}{'x kept synth':>14}")
    for name, rate in rates.items():
        print(f"{name:<34}{rate:>10,.4g}{rate * CLIP_S:>13,.0f}{rate / kept:>14,.4g}")
    limit = min(memory, rates["disk write of the same bytes"])
    print(
        f"\nnotes as int16 against pretty_midi per clip: "
        f"{memory / rates['pretty_midi.fluidsynth, per clip']:,.0f} x"
    )
    for way in ("notes, int16, NumPy", "notes, int16", "notes, int16, moving"):
        print(f"{way}, against the memory copy: {rates[way] / rates['memory copy']:.0%}")
    for way in ("notes, into shards", "notes, into shards, on one core"):
        print(f"{way}, against the smaller of int16 and disk: {rates[way] / limit:.0%}")


def _per_clip(midis: list, font_path: Path) -> None:
    for midi in midis:
        midi.fluidsynth(fs=16_000, synthesizer=str(font_path))


def _kept(midis: list, synth: fluidsynth.Synth, sfid: int) -> None:
    for midi in midis:
        midi.fluidsynth(synthesizer=synth, sfid=sfid)


def _into_shards(folder: Path) -> float:
    """Seconds to generate the paper's 3,000 clips; the notes are in the store after the first."""
    start = time.perf_counter()
    generate(RECIPE, folder / "corpus", progress=False)
    seconds = time.perf_counter() - start
    shutil.rmtree(folder / "corpus")
    return seconds


def _on_one_core(way: Callable[[], float]) -> float:
    """The way with all its threads on one core; syncing and hashing run in a second one."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        return way()
    finally:
        os.sched_setaffinity(0, cores)


def _write(folder: Path, pcm: np.ndarray) -> float:
    """Seconds to write and sync as many bytes as the corpus has, in files of a shard's size."""
    start = time.perf_counter()
    for shard in range(3):
        with open(folder / f"plain-{shard}", "wb", buffering=0) as file:
            for _ in range(1000 // 125):
                file.write(pcm[:125].data)
            os.fsync(file.fileno())
    seconds = time.perf_counter() - start
    for shard in range(3):
        (folder / f"plain-{shard}").unlink()
    return seconds
