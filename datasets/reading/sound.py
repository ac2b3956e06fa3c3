"""The sound of a corpus, rendered on the spot: notes from this machine's store are added up."""

from __future__ import annotations

import os
import threading
from functools import cached_property, partial
from typing import Any

import numpy as np

from ...errors import DsoundsError
from ...hashing import file_sha256
from ...soundfonts.catalogue import find_font
from ...synth.music.schedule import Schedule
from ...synth.rendering import fluidsynth
from ...synth.rendering.note_table import codes_in
from ...synth.rendering.render import FreshRenderer, NoteRenderer, Renderer, render_pcm
from ..storage.manifest import Manifest
from ..storage.note_cache import NoteStore

_one_thread = threading.RLock()


def _renew_lock() -> None:
    """Free the lock in a forked process, where the thread that held it is not."""
    global _one_thread
    _one_thread = threading.RLock()


os.register_at_fork(after_in_child=_renew_lock)


def open_font(manifest: Manifest) -> fluidsynth.Font:
    """Open the SoundFont that a corpus is made with.

    DsoundsError is raised if it or FluidSynth is missing, or not the one of the corpus.
    """
    path = find_font(manifest.typed_recipe().soundfont)
    if file_sha256(path) != manifest.soundfont_sha256:
        raise DsoundsError(
            f"wrong SoundFont: {path} has sha256 {file_sha256(path)[:12]}..., the corpus "
            f"{manifest.id} was made with {manifest.soundfont_sha256[:12]}..."
        )
    if fluidsynth.binding() and fluidsynth.version() != manifest.fluidsynth:
        raise DsoundsError(
            f"the corpus {manifest.id} was made with FluidSynth {manifest.fluidsynth}, here is "
            f"{fluidsynth.version()}: its sound cannot be made again to the byte"
        )
    return fluidsynth.Font(path)


class Sound:
    """The renderer of a corpus's clips, which gives the bytes that `generate` does by default.

    The SoundFont is needed only for notes that this machine has not rendered yet.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.recipe = manifest.typed_recipe()

    @cached_property
    def store(self) -> NoteStore:
        """The notes of the recipe's voices."""
        identity = (self.manifest.soundfont_sha256, self.manifest.fluidsynth)
        opener = partial(open_font, self.manifest)
        return NoteStore(opener, identity, self.recipe.voices, self.manifest.clip_samples)

    @cached_property
    def _fresh(self) -> FreshRenderer:
        font = open_font(self.manifest)
        return FreshRenderer(font, self.recipe.voices, self.manifest.clip_samples)

    def __getstate__(self) -> dict[str, Any]:
        # An open font belongs to a process.
        return {k: v for k, v in self.__dict__.items() if k != "_fresh"}

    def prepare(self, progress: bool = False) -> None:
        """Render every note that any clip of the space may need, so that no worker has to."""
        if self.recipe.keeps_notes:
            self.store.table(self.recipe.note_codes(), progress)

    def renderer(self, codes: np.ndarray, progress: bool = False) -> Renderer:
        """Return a renderer for clips of some notes.

        A silent note raises DsoundsError (where notes are not kept: when it is rendered).
        """
        if not self.recipe.keeps_notes:
            return self._fresh
        return NoteRenderer(self.store.sounding(codes, progress), self.manifest.clip_samples)

    def render(
        self, schedule: Schedule, out: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return clips as stored in shards: (N, samples) int16, and their peaks (N,) float32.

        Threads may call it at once: they take turns at the store of notes and at FluidSynth.
        """
        with _one_thread:
            renderer = self.renderer(codes_in(schedule))
            if isinstance(renderer, FreshRenderer):
                return render_pcm(renderer, schedule, out)
        return render_pcm(renderer, schedule, out)
