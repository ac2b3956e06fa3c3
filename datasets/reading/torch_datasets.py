"""Clips for torch: a Dataset over any corpus, and log-mel rendered where the model trains.

    clips = ClipDataset(open_corpus("corpora/demo"), "train")
    DataLoader(clips, batch_size=128, shuffle=True, num_workers=4)

`DataLoader` asks for a whole batch at once, so a batch costs one read, or one rendering where the
corpus has no folder. Workers may be forked or spawned: they share the rendered notes of this
machine, and do not need the SoundFont.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from ...synth.features import LogMelSettings, log_mel
from ...synth.music.schedule import NOTE
from ...synth.rendering import torch_renderer as on_device
from ...synth.rendering.torch_renderer import DeviceRenderer
from .backends import OnDemand
from .corpus import Corpus
from .frames import FrameGrid

_CHUNK_CLIPS = 128


class ClipDataset(Dataset[dict[str, Any]]):
    """Clips as dictionaries of tensors.

    Each clip has these entries:

    - audio: (samples,) float32, -1 to 1;
    - log_mel: (frames, bands) float32, where `features` is given;
    - classes: (F,) int64;
    - values: (F,) float64, what the classes stand for;
    - clip: its number in the corpus;
    - notes: (K, 4) int64, where `notes` is true: onset and offset in samples, MIDI pitch of the
      key, velocity; a velocity of 0 means no note;
    - where `grid` is given, the truth of each frame under the names of `frames.Frames`: f0_hz,
      pitch (both of the key), f0_sounding_hz, onset, rest ... (frames,).

    Parameters
    ----------
    corpus
        The corpus. Where it has no folder, every note that it may need is rendered now.
    part, by
        See `Corpus.split`; all clips where `part` is None.
    features
        How log-mel spectrograms are computed; none are where it is None.
    grid
        Where frames lie; no truth of frames is given where it is None.
    notes
        Whether the notes are given.
    transform
        What is made of each clip's dictionary before it is given; `batch` has no part in it.

    Raises
    ------
    DsoundsError
        If the part or the split is unknown.
    """

    def __init__(
        self,
        corpus: Corpus,
        part: str | None = None,
        by: str | None = None,
        features: LogMelSettings | None = None,
        grid: FrameGrid | None = None,
        notes: bool = False,
        transform: Callable[[dict[str, Any]], Any] | None = None,
    ) -> None:
        self.corpus, self.features, self.grid = corpus, features, grid
        self.notes, self.transform = notes, transform
        self.numbers = None if part is None else corpus.split(part, by)
        if isinstance(corpus.source, OnDemand):
            corpus.sound.prepare()

    def __len__(self) -> int:
        return len(self.corpus if self.numbers is None else self.numbers)

    def __getitem__(self, place: int) -> Any:
        if not -len(self) <= place < len(self):
            raise IndexError(f"there is no clip {place}: the data set has {len(self)}")
        return self.__getitems__([place % len(self)])[0]

    def __getitems__(self, places: Sequence[int]) -> list[Any]:
        """Return several clips; torch's DataLoader asks for batches in this way."""
        batch = self.batch(places)
        clips = ({name: column[n] for name, column in batch.items()} for n in range(len(places)))
        return [clip if self.transform is None else self.transform(clip) for clip in clips]

    def batch(self, places: Sequence[int] | np.ndarray) -> dict[str, torch.Tensor]:
        """Return several clips, stacked as a DataLoader stacks them, but never taken apart."""
        places = np.asarray(places, np.int64)
        clips = places if self.numbers is None else self.numbers[places]
        audio = self.corpus.audio(clips)
        classes, values = self.corpus.labels(clips)
        columns = {"audio": audio, "classes": classes, "values": values, "clip": clips}
        if self.features is not None:
            columns["log_mel"] = log_mel(audio, self.features)
        if self.notes:
            notes = self.corpus.notes(clips)
            fields = [notes[name].astype(np.int64) for name in NOTE.names or ()]
            columns["notes"] = np.stack(fields, axis=-1)
        if self.grid is not None:
            columns |= vars(self.corpus.frames(clips, self.grid))
        writable = {name: np.require(column, requirements="W") for name, column in columns.items()}
        return {name: torch.from_numpy(column) for name, column in writable.items()}


class Rendered:
    """Log-mel spectrograms of a corpus without a folder, rendered on a device when asked for.

    They are indexed by clip numbers, as the array that `features` gives: (clips, frames, bands).

    Raises
    ------
    DsoundsError
        If a note that the recipe may need is silent.
    """

    def __init__(
        self, corpus: Corpus, settings: LogMelSettings | None = None, device: str = "cpu"
    ) -> None:
        self.corpus, self.settings = corpus, settings or LogMelSettings()
        self.device, self._renderer, sound = device, None, corpus.sound
        if sound.recipe.keeps_notes:
            table = sound.store.sounding(sound.recipe.note_codes(), progress=True)
            self._renderer = DeviceRenderer(table, device)
        frames = self.settings.frames(corpus.clip_samples)
        self.shape = (len(corpus), frames, self.settings.bands)

    def __len__(self) -> int:
        return self.shape[0]

    def tensor(self, clips: Any) -> torch.Tensor:
        """Return spectrograms of clips (n,) by their numbers: (n, frames, bands) on the device."""
        if self._renderer is None:  # each clip has notes of its own, which FluidSynth plays
            sound = torch.from_numpy(self.corpus.audio(clips)).to(self.device)
        else:
            schedule = self.corpus.schedule(self.corpus.labels(clips)[1])
            sound = self._renderer.clips(schedule, self.corpus.clip_samples, rounded=True)
        return on_device.log_mel(sound, self.settings)

    def __getitem__(self, clips: Any) -> np.ndarray:
        """Return spectrograms of clips (n,): (n, frames, bands) float32, some at a time."""
        clips = np.arange(len(self))[clips] if isinstance(clips, slice) else np.asarray(clips)
        out = np.empty((len(clips), *self.shape[1:]), np.float32)
        for start in range(0, len(clips), _CHUNK_CLIPS):
            part = slice(start, start + _CHUNK_CLIPS)
            out[part] = self.tensor(clips[part]).cpu().numpy()
        return out
