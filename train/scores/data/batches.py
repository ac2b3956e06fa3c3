"""Log-mel of many clips, computed a batch at a time, and kept where it fits in memory."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

BATCH = 128  # clips
KEPT_BYTES = 1 << 30  # limit for all batches of an evaluation together


class Memory:
    """A number of bytes that may still be kept."""

    def __init__(self, free_bytes: int = KEPT_BYTES) -> None:
        self.free_bytes = free_bytes

    def take(self, count: int) -> bool:
        """Take so many bytes if they are free, and return whether they were."""
        taken = count <= self.free_bytes
        self.free_bytes -= count * taken
        return taken


class Batches:
    """Clips in batches of `BATCH`, in order.

    Each batch is made once when all of them fit in `memory`, and otherwise once in each iteration;
    of these the last one is kept, for several iterations side by side.
    """

    def __init__(self, make: Callable[[slice], Tensor], clips: int, memory: Memory) -> None:
        self.clips, self._make, self._memory = clips, make, memory
        self._kept: dict[int, Tensor] = {}  # by their first clip
        self._keeps_all: bool | None = None  # not known before the first batch is made

    def __iter__(self) -> Iterator[Tensor]:
        """Yield the batches as (clips, time, mel)."""
        for start in range(0, self.clips, BATCH):
            yield self._batch(start)

    def whole(self) -> Tensor:
        """Return all clips, (clips, time, mel)."""
        return torch.cat(list(self))

    def at(self, places: np.ndarray) -> Tensor:
        """Return the clips at some places, (m, time, mel); only their batches are made."""
        rows = (divmod(int(place), BATCH) for place in places)
        return torch.stack([self._batch(batch * BATCH)[row] for batch, row in rows])

    def _batch(self, start: int) -> Tensor:
        if start in self._kept:
            return self._kept[start]
        with torch.no_grad():
            made = self._make(slice(start, min(start + BATCH, self.clips)))
        if self._keeps_all is None:
            self._keeps_all = self._memory.take(made.nbytes // len(made) * self.clips)
        self._kept = {**(self._kept if self._keeps_all else {}), start: made}
        return made


def mean_squares(truth: Batches, *others: Iterable[Tensor]) -> list[Tensor]:
    """Return for each of the others the mean square difference of each band from the truth.

    The batches are read once. Sums are in double precision; each result is (mel,).
    """
    sums, frames = [torch.zeros((), dtype=torch.float64)] * len(others), 0
    for true, *made in zip(truth, *others, strict=True):
        squares = [(one - true).double().square().sum(dim=(0, 1)) for one in made]
        sums = [total + square for total, square in zip(sums, squares, strict=True)]
        frames += true.shape[0] * true.shape[1]
    return [total / frames for total in sums]
