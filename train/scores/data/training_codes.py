"""The codes of the training part, which predictors are fitted to, without all z of all frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ....settings import require
from ...models.interface import Codes
from ..codes.samples import some
from .clips import Clips, Labels

FRAMES = 3_000  # that predictors are fitted to: those of a clip are much alike


@dataclass(frozen=True)
class TrainingCodes:
    """Posterior means of the training part; None where there are none.

    Attributes
    ----------
    v
        (clips, v_dim).
    z
        (clips, z_dim), the mean over the frames of each clip.
    frames
        (m, z_dim), the z of the frames that predictors are fitted to.
    places
        (m,): clip * time + frame of each of these.
    time
        The number of frames of z of a clip.
    """

    v: np.ndarray | None = None
    z: np.ndarray | None = None
    frames: np.ndarray | None = None
    places: np.ndarray | None = None
    time: int = 0

    @classmethod
    def of_batches(
        cls, batches: Iterable[Codes], clips: int, rng: np.random.Generator
    ) -> TrainingCodes:
        """Gather the codes of so many clips; of their frames a random choice is kept."""
        v: list[np.ndarray] = []
        z: list[np.ndarray] = []
        frames: list[np.ndarray] = []
        places, time, first = np.zeros(0, np.int64), 0, 0
        for codes in batches:
            if codes.v_mean is not None:
                v.append(codes.v_mean.numpy())
            if codes.z_mean is not None:
                one = codes.z_mean.numpy()  # (batch, time, z_dim)
                if not z:
                    time = one.shape[1]
                    places = some(clips * time, rng, FRAMES)
                ends = np.searchsorted(places, [first * time, (first + len(one)) * time])
                inside = places[slice(*ends)] - first * time
                z.append(one.mean(axis=1))
                frames.append(one.reshape(-1, one.shape[-1])[inside])
                first += len(one)
        return cls(_joined(v), _joined(z), _joined(frames), places if z else None, time)

    def check_sizes(self, scored: Codes) -> None:
        """Check that codes have as many dimensions as those of the scored part, where both have.

        Raises
        ------
        DsoundsError
            If one of them has not.
        """
        for name, own, other in (("v", self.v, scored.v_mean), ("z", self.z, scored.z_mean)):
            if own is not None and other is not None:
                require(
                    own.shape[-1] == other.shape[-1],
                    f"{name} of the training part has {own.shape[-1]} dimensions: "
                    f"{other.shape[-1]}, as that of the scored part, are needed",
                )

    def frame_labels(self, train: Clips, names: Iterable[str]) -> Labels | None:
        """Return labels of the kept frames, (m,) each; None where the part lacks one of them."""
        given = (train.frames() if callable(train.frames) else train.frames) or {}
        shape = (len(train), self.time)
        found = {name: np.asarray(given[name]) for name in names if name in given}
        if self.places is None or any(one.shape != shape for one in found.values()):
            return None
        kept = {name: one.ravel()[self.places] for name, one in found.items()}
        return kept if kept.keys() == set(names) else None


def _joined(parts: list[np.ndarray]) -> np.ndarray | None:
    return np.concatenate(parts) if parts else None
