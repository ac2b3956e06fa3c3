"""What a run trains on, held in memory, and the seeds of its random numbers."""

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


def seed_of(seed: int, purpose: int, epoch: int = 0) -> int:
    """Return the generator seed for a purpose and an epoch of a run."""
    sequence = np.random.SeedSequence((seed, purpose, epoch))
    return int(sequence.generate_state(1, np.uint64)[0] >> 1)
