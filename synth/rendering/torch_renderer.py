"""Clips and their log-mel spectrograms on a torch device, to train on without a corpus on disk.

Onsets are multiples of FluidSynth's 64-sample block, so a clip is a row of blocks, and each block
is the sum of those of the notes that sound in it: one `embedding_bag` over the table of notes,
which reads each sample once, adds in the order of notes, and thus gives the bits of
`render.NoteRenderer`. On a GPU matrix products must be left at full float32 precision, as torch
has them by default, or log-mel spectrograms are off by about 1e-3.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
from torch.nn import functional

from ...errors import DsoundsError
from ..features import LogMelSettings, mel_filters, window
from ..music.schedule import NO_FINISH, Schedule, amplitude
from .fluidsynth import BLOCK_SAMPLES
from .gain_curves import clips_by_move, curve
from .note_table import NoteTable, note_codes
from .pcm import FULL_SCALE
from .torch_finish import finished

_KEPT = 64  # at most 32 MB of curves for clips of 64,000 samples
_CHUNK_CLIPS = 64  # The spectra of so many clips are made at a time: 0.5 GB.


class DeviceRenderer:
    """A renderer of clips from a copy of a table of notes on a device.

    The copy has each row on whole blocks: (blocks, 64) float32, where block 0 is silence.
    """

    def __init__(self, table: NoteTable, device: str | torch.device = "cpu") -> None:
        self.device = torch.device(device)
        lengths = table.stops - table.starts
        counts = -(-lengths // BLOCK_SAMPLES)
        firsts = 1 + np.cumsum(counts) - counts
        blocks = np.zeros((1 + counts.sum()) * BLOCK_SAMPLES, np.float32)
        for first, start, length in zip(firsts * BLOCK_SAMPLES, table.starts, lengths, strict=True):
            blocks[first : first + length] = table.samples[start : start + length]
        self._index = replace(table, samples=np.empty(0, np.float32))
        self._blocks = self._put(blocks.reshape(-1, BLOCK_SAMPLES))
        # The last row, without blocks, stands for a note of velocity 0.
        self._firsts = self._put(np.append(firsts, 0).astype(np.int32))
        self._counts = self._put(np.append(counts, 0).astype(np.int32))
        self._curve = lru_cache(_KEPT)(lambda move, samples: self._put(curve(move, samples).copy()))

    def clips(self, schedule: Schedule, clip_samples: int, rounded: bool = False) -> torch.Tensor:
        """Return clips with their peaks at `schedule.level_db`.

        Parameters
        ----------
        rounded
            Whether to round to the values that a corpus holds (`pcm.to_float` of its int16).

        Returns
        -------
        Tensor
            (N, clip_samples) float32: the clips, from -1 to 1.

        Raises
        ------
        KeyError
            If the table lacks a note.
        DsoundsError
            If an onset is not on a block, or a clip of equal RMS would be above full scale.
        """
        sound = self.sounds(schedule, clip_samples)
        levels = self._put(amplitude(schedule.level_db).astype(np.float32))
        top = FULL_SCALE if rounded else 1
        if schedule.finish == NO_FINISH:
            peaks = sound.abs().amax(dim=1)
            of = peaks
        else:
            sound, of = finished(sound, levels, schedule.finish)
            peaks = sound.abs().amax(dim=1)
        if schedule.full_scale is not None and schedule.finish.rms_dbfs is None:
            of = torch.full_like(peaks, schedule.full_scale)
        sound *= torch.where(peaks > 0, levels * top / of, 0)[:, None]
        return sound.round_().mul_(1 / FULL_SCALE) if rounded else sound

    def sounds(self, schedule: Schedule, clip_samples: int) -> torch.Tensor:
        """Return the sound of clips, not normalised: (N, clip_samples) float32.

        The errors are those of `clips`.
        """
        onsets = schedule.notes["onset_sample"]
        codes = note_codes(schedule)
        there = codes >= 0
        if (onsets[there.any(axis=1)] % BLOCK_SAMPLES).any():
            raise DsoundsError(
                f"an onset is not a multiple of {BLOCK_SAMPLES} samples: a device renders whole "
                "blocks, as FluidSynth does (fluid.to_block)"
            )
        rows = np.full(codes.shape, len(self._index.codes))
        rows[there] = self._index.rows(codes[there])
        voices = self._put(rows.swapaxes(0, 1))  # (L, N, K)
        starts = self._put(onsets // BLOCK_SAMPLES)  # (N, K)
        sound = self._sum(voices[0], starts, clip_samples)
        for move, numbers in clips_by_move(schedule).items():
            if move.still:
                continue
            clips, curves = self._put(numbers), self._curve(move, clip_samples)
            moved = sound[clips] * curves[0]
            if move.fades:
                moved += self._sum(voices[1, clips], starts[clips], clip_samples) * curves[1]
            sound[clips] = moved
        return sound

    def _sum(self, rows: torch.Tensor, starts: torch.Tensor, clip_samples: int) -> torch.Tensor:
        """Return sums of notes: (N, samples).

        The rows are (N, K), of the table; the starts are (N, K) int32, in blocks.
        """
        blocks = -(-clip_samples // BLOCK_SAMPLES)
        block = torch.arange(blocks, dtype=torch.int32, device=self.device)[:, None]
        start = starts[:, None]  # (N, 1, K)
        sounds = (block >= start) & (block < start + self._counts[rows][:, None])
        source = sounds * (block + (self._firsts[rows][:, None] - start))  # (N, blocks, K)
        out = functional.embedding_bag(source.flatten(0, 1), self._blocks, mode="sum")
        return out.view(len(rows), blocks * BLOCK_SAMPLES)[:, :clip_samples]

    def _put(self, values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(values).to(self.device)


def log_mel(sound: torch.Tensor, settings: LogMelSettings | None = None) -> torch.Tensor:
    """Return log-mel spectrograms as `features.log_mel`, on the device of the sound.

    Parameters
    ----------
    sound
        (N, samples) float32: the clips, from -1 to 1.

    Returns
    -------
    Tensor
        (N, frames, bands) float32: the spectrograms.
    """
    settings = settings or LogMelSettings()
    settings.check(sound.shape[-1])
    # A CPU takes clip by clip: the spectrum of one clip fits into a core's cache.
    parts = sound.split(1 if sound.device.type == "cpu" else _CHUNK_CLIPS)
    return torch.cat([_log_mel(part, settings) for part in parts])


def _log_mel(sound: torch.Tensor, settings: LogMelSettings) -> torch.Tensor:
    size = settings.window_samples
    hann, filters = _constants(settings, sound.device)
    padded = functional.pad(sound, (size // 2, size // 2), settings.padding_mode)
    frames = padded.unfold(1, size, settings.hop_samples)  # (n, frames, size)
    spectrum = torch.fft.rfft(frames * hann)
    power = spectrum.real**2 + spectrum.imag**2
    return torch.log(power @ filters + settings.floor)


@lru_cache(_KEPT)
def _constants(settings: LogMelSettings, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the window (size,) and the weights (bins, bands) of the mel bands."""
    hann, filters = window(settings.window_samples), mel_filters(settings).toarray()
    return torch.from_numpy(hann).to(device), torch.from_numpy(filters).to(device).T
