"""The work of a worker, in this process, another one, or on another machine: it makes a shard.

Notes come from the store of its machine (`note_cache.NoteStore`), memory-mapped and so shared by
all workers there. The first shard opens it; FluidSynth and the SoundFont are needed only for notes
that the machine has not rendered yet.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from functools import cached_property
from multiprocessing.connection import Connection, wait
from multiprocessing.synchronize import Event
from typing import Any

from ...caches import cache_folder
from ...errors import DsoundsError
from ...synth.music.schedule import Schedule
from ...synth.rendering.note_table import codes_in
from ...synth.rendering.render import DirectRenderer, Renderer
from ..reading.sound import Sound, open_font
from ..storage import shard
from ..storage.manifest import Manifest

_rendering = threading.Lock()
_stopped = threading.Event()
_instruments: dict[tuple[str, ...], _Instruments] = {}


def make(job: shard.Job) -> dict[str, Any]:
    """Make a shard and return its entry of corpus.json.

    Where two threads make shards, one renders while the other syncs and hashes. A shard that cannot
    be made raises DsoundsError.
    """
    with _rendering:
        _go_on()
        instruments = _opened(job.manifest)
        own = shard.labels(instruments.recipe, job.index)
        for _ in shard.write_part(job, own, instruments.renderer(own.schedule)):
            _go_on()
    return shard.finish(job)


def _go_on() -> None:
    if _stopped.is_set():
        raise DsoundsError("stopped")


class _Instruments:
    """The renderers of a corpus, opened once in a process."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest, self.sound = manifest, Sound(manifest)
        self.recipe = self.sound.recipe

    def renderer(self, schedule: Schedule) -> Renderer:
        """Return a renderer for some clips."""
        if self.manifest.renderer == "direct":
            return self._direct
        return self.sound.renderer(codes_in(schedule))

    @cached_property
    def _direct(self) -> DirectRenderer:
        font = open_font(self.manifest)
        return DirectRenderer(font, self.recipe.voices, self.manifest.clip_samples)


def _opened(manifest: Manifest) -> _Instruments:
    """Return the renderers of a corpus; those of one corpus are kept."""
    key = (manifest.id, str(manifest.recipe.get("soundfont")), str(cache_folder()))
    if key not in _instruments:
        _instruments.clear()
        _instruments[key] = _Instruments(manifest)
    return _instruments[key]


def begin() -> None:
    """Let `make` work in threads of this process."""
    _stopped.clear()


def end() -> None:
    """Make the threads that are in `make` leave it soon, and forget what they opened."""
    _stopped.set()
    with _rendering:
        _instruments.clear()


def start_process(started: Event, stop: Connection) -> None:
    """Prepare a local worker process, which ends when `stop` does; called once in each."""
    started.set()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it, without a traceback
    threading.Thread(target=_die_with_parent, args=(stop,), daemon=True).start()


def _die_with_parent(stop: Connection) -> None:
    """End this worker when its parent is killed, or it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel, stop])
        os._exit(1)
