"""A judge that hears the factors of a clip: a classifier trained on real clips with true labels.

A clip is summed up by the means of its bands over 16 equal parts of its time and by their deviation
over all of it; a network with one hidden layer tells the class of each factor from these. It knows
nothing of the model that is scored. What it gets wrong on real clips, no model can be blamed for.
"""

from collections.abc import Callable, Iterable

import numpy as np
import torch
from torch import Tensor, nn

from ...fitting.threads import one_thread
from .probabilities import FLOOR, floored

PARTS = 16
STEPS = 600  # of training
_HIDDEN, _BATCH = 256, 64
_LEAST = 1e-3  # deviation (log units) of what does not vary


class Judge:
    """The classifier of all factors at once."""

    def __init__(
        self,
        x: Iterable[Tensor],
        classes: np.ndarray,
        seed: int = 0,
        read: Callable[[Tensor], Tensor] | None = None,
        steps: int = STEPS,
    ) -> None:
        """Train on batches of log-mel, (n, time, mel); the same ones and seed give the same judge.

        Parameters
        ----------
        classes
            (rows, F) the class of each factor.
        read
            From clips to what is read of them, (rows, numbers): `summary`, one row for each clip,
            where None; or `windows`, a row for each part of a clip.
        steps
            The number of steps of training.
        """
        self.read = read or summary
        sums = torch.cat([self.read(batch) for batch in x])
        self.mean, self.deviation = sums.mean(dim=0), sums.std(dim=0) + _LEAST
        self.sizes = (classes.max(axis=0) + 1).tolist()
        with torch.random.fork_rng(devices=[]), one_thread():
            torch.manual_seed(seed)
            self.network = nn.Sequential(
                nn.Linear(sums.shape[1], _HIDDEN),
                nn.ReLU(),
                nn.Dropout(0.2),
                nn.Linear(_HIDDEN, sum(self.sizes)),
            )
            self._train(self._scaled(sums), torch.from_numpy(classes.astype(np.int64)), steps)
        self.network.eval()

    def _train(self, sums: Tensor, classes: Tensor, steps: int) -> None:
        adam = torch.optim.AdamW(self.network.parameters(), lr=2e-3)
        with torch.enable_grad():
            for _ in range(steps):
                rows = torch.randint(len(sums), (min(_BATCH, len(sums)),))
                logits = self.network(sums[rows]).split(self.sizes, dim=1)
                losses = [
                    nn.functional.cross_entropy(one, true)
                    for one, true in zip(logits, classes[rows].T, strict=True)
                ]
                adam.zero_grad()
                torch.stack(losses).sum().backward()
                adam.step()

    def classes(self, x: Tensor) -> np.ndarray:
        """Return the most probable class of each factor of clips, (n, time, mel): (rows, F)."""
        return torch.stack([one.argmax(dim=1) for one in self._logits(x)], dim=1).numpy()

    def probabilities(self, x: Tensor, floor: float = FLOOR) -> list[np.ndarray]:
        """Return how probable each class of each factor is: (rows, classes), at least the floor."""
        return [floored(one.double().softmax(dim=1).numpy(), floor) for one in self._logits(x)]

    @torch.no_grad()
    def _logits(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.network(self._scaled(self.read(x))).split(self.sizes, dim=1)

    def _scaled(self, sums: Tensor) -> Tensor:
        return (sums - self.mean) / self.deviation


def summary(x: Tensor) -> Tensor:
    """Return what the judge reads of clips, (n, time, mel): (n, 17 * mel) float32."""
    parts = nn.functional.adaptive_avg_pool1d(x.float().transpose(1, 2), PARTS)
    deviation = x.float().std(dim=1, correction=0)
    return torch.cat([parts.flatten(1), deviation], dim=1)


def windows(x: Tensor) -> Tensor:
    """Return the mean and the deviation of the bands in 16 equal parts of each clip's time.

    Those of x, (n, time, mel), are (16 * n, 2 * mel) float32: the parts of the first clip, then
    those of the second.
    """
    bands = x.double().transpose(1, 2)
    mean, square = (
        nn.functional.adaptive_avg_pool1d(one, PARTS) for one in (bands, bands.square())
    )
    deviation = (square - mean.square()).clamp(min=0).sqrt()
    return torch.cat([mean, deviation], dim=1).transpose(1, 2).flatten(0, 1).float()
