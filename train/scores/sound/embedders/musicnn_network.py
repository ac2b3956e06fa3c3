"""The network of musicnn (Pons and Serra 2019): from log-mel to 200 numbers, and to 50 tags.

Filters over time and frequency, whose maxima over frequency are kept; three layers over time, of
which the second and the third add what they read; maxima and means over time; two dense layers.
Each layer is rectified first and normalised then, by the statistics of the training.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

BANDS, UNITS, TAGS = 96, 200, 50
_EPSILON = 1e-3  # of TensorFlow's normalisation


class MusicNN:
    """The network, from its arrays by the names of the public checkpoint."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        self._arrays = {name: torch.tensor(one) for name, one in arrays.items()}

    @torch.no_grad()
    def units(self, x: Tensor) -> Tensor:
        """Return the last layer before the tags of log-mel, (n, time, 96): (n, 200)."""
        x = self._normalised(x[:, None], 0)  # (n, 1, time, 96)
        padded = functional.pad(x, (0, 0, 3, 3))
        front = [self._maxima(padded, layer) for layer in (1, 2)]
        for layer in (3, 4, 5):
            size = self._kernel(layer).shape[2]
            before = (size - 1) // 2  # of an even number TensorFlow pads more behind
            front.append(self._maxima(functional.pad(x, (0, 0, before, size - 1 - before)), layer))
        layers = [torch.cat(front, dim=1)]  # (n, 561, time)
        layers.append(self._over_time(layers[0], 6))
        layers.append(self._over_time(layers[1], 7) + layers[1])
        layers.append(self._over_time(layers[2], 8) + layers[2])
        whole = torch.cat(layers, dim=1)  # (n, 753, time)
        pooled = torch.stack([whole.amax(dim=2), whole.mean(dim=2)], dim=2).flatten(1)
        dense = self._dense(self._normalised(pooled, 9), "dense").relu()
        return self._normalised(dense, 10)

    def tags(self, x: Tensor) -> Tensor:
        """Return how probable the tags are of log-mel, (n, time, 96): (n, 50)."""
        return self._dense(self.units(x), "dense_1").sigmoid()

    def _maxima(self, x: Tensor, layer: int) -> Tensor:
        """Return the maxima over frequency of a convolution: (n, channels, time)."""
        y = functional.conv2d(x, self._kernel(layer), self._bias(layer)).relu()
        return self._normalised(y, layer).amax(dim=3)

    def _over_time(self, x: Tensor, layer: int) -> Tensor:
        """Return a convolution over time of (n, channels, time): (n, 64, time)."""
        kernel = self._kernel(layer)[:, 0].transpose(1, 2)  # (64, channels, 7)
        y = functional.conv1d(functional.pad(x, (3, 3)), kernel, self._bias(layer)).relu()
        return self._normalised(y, layer)

    def _kernel(self, layer: int) -> Tensor:
        """Return the weights of a convolution, (outputs, inputs, time, frequency)."""
        return self._arrays[f"{_named('conv2d', layer - 1)}/kernel"].permute(3, 2, 0, 1)

    def _bias(self, layer: int) -> Tensor:
        return self._arrays[f"{_named('conv2d', layer - 1)}/bias"]

    def _dense(self, x: Tensor, name: str) -> Tensor:
        return x @ self._arrays[f"{name}/kernel"] + self._arrays[f"{name}/bias"]

    def _normalised(self, x: Tensor, layer: int) -> Tensor:
        name = _named("batch_normalization", layer)
        mean, variance, gamma, beta = (
            self._arrays[f"{name}/{part}"]
            for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return functional.batch_norm(x, mean, variance, gamma, beta, eps=_EPSILON)


def _named(kind: str, number: int) -> str:
    return f"{kind}_{number}" if number else kind


def shapes() -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays of the network by their names."""
    filters = [(7, 38, 1, 204), (7, 67, 1, 204), (128, 1, 1, 51), (64, 1, 1, 51), (32, 1, 1, 51)]
    filters += [(7, 561, 1, 64), (7, 64, 1, 64), (7, 64, 1, 64)]
    found: dict[str, tuple[int, ...]] = {}
    for k, shape in enumerate(filters):
        name = _named("conv2d", k)
        found |= {f"{name}/kernel": shape, f"{name}/bias": shape[-1:]}
    pooled = 2 * (561 + 3 * 64)
    for name, sizes in {"dense": (pooled, UNITS), "dense_1": (UNITS, TAGS)}.items():
        found |= {f"{name}/kernel": sizes, f"{name}/bias": sizes[1:]}
    channels = [1, *(shape[-1] for shape in filters), pooled, UNITS]
    for k, size in enumerate(channels):
        for part in ("gamma", "beta", "moving_mean", "moving_variance"):
            found[f"{_named('batch_normalization', k)}/{part}"] = (size,)
    return found
