"""What a run trains on, held in memory, and the seeds of its random numbers."""

import hashlib
from dataclasses import dataclass

import numpy as np
from torch import Tensor

WEIGHTS, TRAINING, VALIDATION = range(3)  # purposes of random numbers, so that none is used twice


@dataclass(frozen=True)
class Data:
    """train, validation: (clips, time, mel) raw log-mel; fingerprint: a hash of both."""

    train: Tensor
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
