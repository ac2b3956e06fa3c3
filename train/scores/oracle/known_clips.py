"""Clips that are found again by their log-mel."""

import numpy as np
import torch
from torch import Tensor

from ....settings import require

SIZE = 24  # numbers that tell clips apart
# How far these numbers of one clip may differ. Torch and NumPy render log-mel that differs by some
# hundredths in bands near the floor.
TOLERANCE = 0.02


class KnownClips:
    """Clips with their classes, (n, F), each known by a projection of its log-mel."""

    def __init__(self) -> None:
        self._projection = torch.empty(0, SIZE)
        self._signatures: list[Tensor] = []
        self._classes: list[np.ndarray] = []

    @property
    def classes(self) -> np.ndarray:
        """The classes of all clips: (clips, F)."""
        return np.concatenate(self._classes)

    def add(self, x: Tensor, classes: np.ndarray) -> None:
        """Note clips x, (n, time, mel), with their classes, (n, F)."""
        self._signatures.append(self._signature(x))
        self._classes.append(classes)

    def find(self, x: Tensor) -> np.ndarray:
        """Return the classes, (n, F), of clips x, (n, time, mel).

        Raises
        ------
        DsoundsError
            If one of them was not noted.
        """
        self._signatures, self._classes = [torch.cat(self._signatures)], [self.classes]
        exact = "donot_use_mm_for_euclid_dist"
        distance = torch.cdist(self._signature(x), self._signatures[0], compute_mode=exact)
        nearest, place = distance.min(dim=1)
        unknown = int((nearest > TOLERANCE).sum())
        require(
            unknown == 0,
            f"{unknown} of {len(x)} clips are not known: an oracle encodes clips of its corpus, "
            "in its log-mel, and what it has decoded; are the features others?",
        )
        return self._classes[0][place.numpy()]

    def _signature(self, x: Tensor) -> Tensor:
        """Return numbers with the deviation of the log-mel: (n, SIZE)."""
        rows = x.float().flatten(1)
        if rows.shape[1] != len(self._projection):
            generator = torch.Generator().manual_seed(0)
            noise = torch.randn(rows.shape[1], SIZE, generator=generator)
            self._projection = noise / rows.shape[1] ** 0.5
        return rows @ self._projection
