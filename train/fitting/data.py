"""The data that a run trains on, and the seeds of its random numbers.

Features are held in memory, or read batch by batch where they would take too much of it, or
rendered batch by batch: to the same values.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from ...datasets.reading.torch_datasets import Rendered
from ..models.family import Batch, Features
from .run_data import some

# purposes of random numbers, so that none is used twice
WEIGHTS, TRAINING, VALIDATION, CLIPS = range(4)

# Clips that are in memory where the rest is rendered: of the validation part, and for the scale.
STREAMED_VALIDATION, STREAMED_SCALE = 1000, 1000
_CHUNK_CLIPS = 256


class Rows:
    """Clips of features that are too many for memory, read or rendered when they are indexed."""

    def __init__(self, x: np.ndarray | Rendered, clips: np.ndarray) -> None:
        self.x, self.clips = x, clips
        self.shape = (len(clips), *x.shape[1:])

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        """Return raw log-mel (n, time, mel) of the rows-th clips."""
        return self.x[self.clips[rows]]

    def tensor(self, rows: Tensor) -> Tensor:
        """Return the same on the device of `rows`."""
        numbers = self.clips[rows.cpu().numpy()]
        if isinstance(self.x, Rendered):
            return self.x.tensor(numbers)
        return torch.from_numpy(np.asarray(self.x[numbers])).to(rows.device)


class Part(nn.Module):
    """Clips of a part with their numbers and, where a family needs them, labels and symbols.

    It is a module so that its tensors move to the model's device; none is stored with the weights.
    """

    def __init__(
        self,
        x: np.ndarray | Rows,
        clips: np.ndarray,
        labels: Mapping[str, np.ndarray],
        symbols: np.ndarray | None,
    ) -> None:
        super().__init__()
        self.rows = x if isinstance(x, Rows) else None
        self.factors = tuple(labels)
        held = {"clips": clips, "symbols": None if symbols is None else symbols[clips]}
        held["x"] = None if isinstance(x, Rows) else x
        held |= {f"label_{n}": values[clips] for n, values in enumerate(labels.values())}
        for name, values in held.items():
            tensor = None
            if values is not None:
                tensor = torch.from_numpy(np.require(values, requirements=["C", "W"]))
            self.register_buffer(name, tensor, persistent=False)

    def __len__(self) -> int:
        return len(self.get_buffer("clips"))

    def batch(self, rows: Tensor) -> Batch:
        """Return the rows-th clips of the part."""
        clips = self.get_buffer("clips")
        rows = rows.to(clips.device)
        x = self.get_buffer("x")[rows] if self.rows is None else self.rows.tensor(rows)
        symbols = self._buffers["symbols"]
        return Batch(
            x,
            clips[rows],
            {name: self.get_buffer(f"label_{n}")[rows] for n, name in enumerate(self.factors)},
            None if symbols is None else symbols[rows],
        )


@dataclass(frozen=True)
class Data:
    """Both parts, the clips that a scale is taken from, and a hash of all values."""

    train: Part
    validation: Part
    sample: Features
    fingerprint: str


def data_of(
    x: np.ndarray | Rendered,
    train: np.ndarray,
    validation: np.ndarray,
    labels: Mapping[str, np.ndarray] | None = None,
    symbols: np.ndarray | None = None,
) -> Data:
    """Return what to train on. Labels and symbols are of all clips of x, where they are needed."""
    x_train: np.ndarray | Rows
    x_validation: np.ndarray | Rows
    seen: tuple[np.ndarray | Rows, ...]
    if isinstance(x, Rendered):
        validation = some(validation, STREAMED_VALIDATION)
        x_train, x_validation = Rows(x, train), x[validation]
        sample: np.ndarray | Rows = x[some(train, STREAMED_SCALE)]
        seen = (x_validation, sample)
    else:
        clips = len(train) + len(validation)
        held = clips * x[:1].nbytes <= memory_bytes() / 4
        x_train, x_validation = (x[p] if held else Rows(x, p) for p in (train, validation))
        sample, seen = x_train, (x_train, x_validation)
    labels = labels or {}
    extra = [*labels.values(), *([] if symbols is None else [symbols])]
    return Data(
        Part(x_train, train, labels, symbols),
        Part(x_validation, validation, labels, symbols),
        sample,
        fingerprint_of(*seen, *(one[part] for one in extra for part in (train, validation))),
    )


def memory_bytes() -> int:
    """Return the size of this machine's memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def fingerprint_of(*parts: np.ndarray | Rows) -> str:
    """Return a hash of the parts' values one after the other, without copying them as a whole."""
    found = hashlib.sha256()
    for part in parts:
        for start in range(0, len(part), _CHUNK_CLIPS):
            found.update(np.ascontiguousarray(part[start : start + _CHUNK_CLIPS]).data)
    return found.hexdigest()


def seed_of(seed: int, purpose: int, epoch: int = 0) -> int:
    """Return the generator seed for a purpose and an epoch of a run."""
    sequence = np.random.SeedSequence((seed, purpose, epoch))
    return int(sequence.generate_state(1, np.uint64)[0] >> 1)
