"""The data that a run trains on, and the seeds of its random numbers.

Features are held in memory, or read batch by batch where they would take too much of it, or
rendered batch by batch: to the same values.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn

from ...datasets.reading.torch_datasets import Rendered
from ..models.family import Batch, DataShape, Features
from .run_data import some

# purposes of random numbers, so that none is used twice
WEIGHTS, TRAINING, VALIDATION, CLIPS = range(4)

# Clips that are in memory where the rest is rendered: of the validation part, and for the scale.
STREAMED_VALIDATION, STREAMED_SCALE = 1000, 1000
_CHUNK_CLIPS = 256


class Rows:
    """Clips of features that are too many for memory, read or rendered when they are indexed."""

    def __init__(self, x: Features, clips: np.ndarray) -> None:
        self.x, self.clips = x, clips
        self.shape = (len(clips), *x.shape[1:])

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, rows: slice | np.ndarray) -> np.ndarray:
        """Return raw log-mel (n, time, mel) of the rows-th clips."""
        return self.x[self.clips[rows]]

    def tensor(self, rows: Tensor, device: torch.device) -> Tensor:
        """Return the same on a device; rows: (n,) on the CPU."""
        numbers = self.clips[rows.numpy()]
        if isinstance(self.x, Rendered):
            return self.x.tensor(numbers)
        return _sent(torch.from_numpy(np.asarray(self.x[numbers])), device)


@dataclass(frozen=True)
class Known:
    """What is known of all clips of the corpus beside x, as far as the family needs it.

    Attributes
    ----------
    labels
        Name of a factor to (clips,) class indices.
    symbols
        (clips, S) uint8, 1 where a symbol is true.
    extras
        What `Family.extras` gives: a row for each clip, in an array or in what clip numbers index.
    """

    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    symbols: np.ndarray | None = None
    extras: Mapping[str, Features] = field(default_factory=dict)

    @property
    def arrays(self) -> list[np.ndarray]:
        """All that is known and lies in memory."""
        own = [*self.labels.values(), self.symbols, *self.extras.values()]
        return [one for one in own if isinstance(one, np.ndarray)]

    def shape(self, x: np.ndarray | Rendered) -> DataShape:
        """Return the sizes of the data, with x, (clips, time, mel)."""
        classes = {name: int(values.max()) + 1 for name, values in self.labels.items()}
        symbols = 0 if self.symbols is None else self.symbols.shape[1]
        return DataShape(int(x.shape[2]), int(x.shape[1]), symbols, classes)


def _sent(values: Tensor, device: torch.device) -> Tensor:
    """Return values of the CPU on a device; Python need not wait for a GPU's copy to end."""
    if device.type != "cuda":
        return values.to(device)
    return values.pin_memory().to(device, non_blocking=True)


class Part(nn.Module):
    """Clips of a part with their numbers, and what is known of them.

    It is a module so that its tensors move to the model's device; none is stored with the weights.
    After `stay_on_host` those of many values stay where they are, and batches of them move.
    """

    def __init__(self, x: np.ndarray | Rows, clips: np.ndarray, known: Known) -> None:
        super().__init__()
        rows: dict[str, Features] = {"x": x} | {
            name: values[clips] if isinstance(values, np.ndarray) else Rows(values, clips)
            for name, values in known.extras.items()
        }
        self.rows = {name: values for name, values in rows.items() if isinstance(values, Rows)}
        self.extras, self.factors = tuple(known.extras), tuple(known.labels)
        self.host: dict[str, Tensor] = {}
        self._hold("clips", clips)
        self._hold("symbols", None if known.symbols is None else known.symbols[clips])
        for n, values in enumerate(known.labels.values()):
            self._hold(f"label_{n}", values[clips])
        for name, array in rows.items():
            self._hold(f"rows_{name}", array if isinstance(array, np.ndarray) else None)

    def _hold(self, name: str, values: np.ndarray | None) -> None:
        tensor = None
        if values is not None:
            tensor = torch.from_numpy(np.require(values, requirements=["C", "W"]))
        self.register_buffer(name, tensor, persistent=False)

    def __len__(self) -> int:
        return len(self.get_buffer("clips"))

    @property
    def bytes(self) -> int:
        """The memory that the part takes on the model's device."""
        return sum(tensor.nbytes for tensor in self.buffers())

    def stay_on_host(self) -> None:
        """Keep x and the extras in this machine's memory wherever the model is."""
        for name in ("x", *self.extras):
            held = self._buffers[f"rows_{name}"]
            if held is not None:
                self.host[name] = held
                self._buffers[f"rows_{name}"] = None

    @property
    def indexed_on(self) -> torch.device:
        """The device of the rows that `batch` need not move: each move makes Python wait."""
        device = self.get_buffer("clips").device
        return torch.device("cpu") if self.host or self.rows else device

    def batch(self, rows: Tensor, epoch: int = 0) -> Batch:
        """Return the rows-th clips of the part, on the model's device."""
        clips, symbols = self.get_buffer("clips"), self._buffers["symbols"]
        given, rows = rows, rows.to(clips.device)
        return Batch(
            self._rows("x", rows, given),
            clips[rows],
            {name: self.get_buffer(f"label_{n}")[rows] for n, name in enumerate(self.factors)},
            None if symbols is None else symbols[rows],
            {name: self._rows(name, rows, given) for name in self.extras},
            epoch,
        )

    def _rows(self, name: str, rows: Tensor, given: Tensor) -> Tensor:
        if name in self.rows:
            return self.rows[name].tensor(given.cpu(), rows.device)
        if name in self.host:
            return _sent(self.host[name][given.cpu()], rows.device)
        return self.get_buffer(f"rows_{name}")[rows]


@dataclass(frozen=True)
class Data:
    """Both parts, the clips that a scale is taken from, and a hash of all values."""

    train: Part
    validation: Part
    sample: Features
    fingerprint: str
    shape: DataShape


def data_of(
    x: np.ndarray | Rendered,
    train: np.ndarray,
    validation: np.ndarray,
    known: Known | None = None,
) -> Data:
    """Return what to train on; `known` is of all clips of x."""
    known = known or Known()
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
    others = (one[part] for one in known.arrays for part in (train, validation))
    return Data(
        Part(x_train, train, known),
        Part(x_validation, validation, known),
        sample,
        fingerprint_of(*seen, *others),
        known.shape(x),
    )


def place(data: Data, device: str) -> None:
    """Let parts that would take more than half of the device's free memory stay on the host.

    The other half is for the model, what backward needs of a batch, and other users of the device.
    """
    if device != "cuda":
        return
    free = torch.cuda.mem_get_info()[0]
    if data.train.bytes + data.validation.bytes > free / 2:
        data.train.stay_on_host()
        data.validation.stay_on_host()


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


def seed_of(seed: int, purpose: int, epoch: int = 0, rank: int = 0) -> int:
    """Return the generator seed for a purpose, an epoch and a process of a run."""
    sequence = np.random.SeedSequence((seed, purpose, epoch, *([rank] * (rank > 0))))
    return int(sequence.generate_state(1, np.uint64)[0] >> 1)
