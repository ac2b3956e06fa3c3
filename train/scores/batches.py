"""Log-mel of many clips that is made a batch at a time, and kept where it fits in memory."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

BATCH = 128  # clips
KEPT_BYTES = 1 << 30  # of all batches of an evaluation together


class Memory:
    """How many bytes may still be kept."""

    def __init__(self, free_bytes: int = KEPT_BYTES) -> None:
        self.free_bytes = free_bytes

    def take(self, count: int) -> bool:
        """Take so many bytes if they are free. Returns whether they were."""
        taken = count <= self.free_bytes
        self.free_bytes -= count * taken
        return taken


class Batches:
    """Clips in batches of `BATCH`, in order.

    Each batch is made once when all of them fit in `memory`, and otherwise once in each iteration.
    """

    def __init__(self, make: Callable[[slice], Tensor], clips: int, memory: Memory) -> None:
        self.clips, self._make, self._memory = clips, make, memory
        self._kept: dict[int, Tensor] = {}
        self._keeps: bool | None = None  # not known before the first batch is made

    def __iter__(self) -> Iterator[Tensor]:
        """Yield the batches as (clips, time, mel)."""
        for start in range(0, self.clips, BATCH):
            yield self._batch(start)

    def whole(self) -> Tensor:
        """Return all clips, (clips, time, mel)."""
        return torch.cat(list(self))

    def _batch(self, start: int) -> Tensor:
        if start in self._kept:
            return self._kept[start]
        with torch.no_grad():
            made = self._make(slice(start, min(start + BATCH, self.clips)))
        if self._keeps is None:
            self._keeps = self._memory.take(made.nbytes // len(made) * self.clips)
        if self._keeps:
            self._kept[start] = made
        return made


def mean_square(a: Batches, b: Batches, scale: Tensor | None = None) -> float:
    """Return the mean square of a - b, or of (a - b) / scale, summed in double precision."""
    total, count = 0.0, 0
    for one, other in zip(a, b, strict=True):
        difference = (one - other) if scale is None else (one - other) / scale
        total += float(difference.double().square().sum())
        count += difference.numel()
    return total / count
