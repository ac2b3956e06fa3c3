"""What a run trains on, held in memory, and the seeds of its random numbers."""

import hashlib
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ...datasets.reading.torch_datasets import Rendered

# purposes of random numbers, so that none is used twice
WEIGHTS, TRAINING, VALIDATION, CLIPS = range(4)


class Stream:
    """Training clips that are rendered when their batch comes: indexed as a tensor is."""

    def __init__(self, rendered: Rendered, clips: np.ndarray) -> None:
        self.rendered, self.clips = rendered, clips

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, rows: Tensor) -> Tensor:
        """Return raw log-mel (batch, time, mel) of the rows-th clips."""
        return self.rendered.tensor(self.clips[rows.cpu().numpy()])


@dataclass(frozen=True)
class Data:
    """train, validation: (clips, time, mel) raw log-mel; fingerprint: a hash of both."""

    train: Tensor | Stream
    validation: Tensor
    fingerprint: str


def fingerprint_of(*parts: np.ndarray) -> str:
    """Return a hash of the parts' values one after the other, without copying them."""
    found = hashlib.sha256()
    for part in parts:
        found.update(np.ascontiguousarray(part).data)
    return found.hexdigest()


def seed_of(seed: int, purpose: int, epoch: int = 0) -> int:
    """Return the generator seed for a purpose and an epoch of a run."""
    sequence = np.random.SeedSequence((seed, purpose, epoch))
    return int(sequence.generate_state(1, np.uint64)[0] >> 1)
