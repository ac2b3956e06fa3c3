"""Principal components: the best linear answer, v of a clip's mean spectrum, z of its frames.

With m_i the mean spectrum of clip i over time, mu the mean of all clips, and columns W_v, W_z,

    v_i    = the first components of m_i - mu
    z_i,t  = the first components of x_i,t - mu - W_v v_i
    x_i,t ~= mu + W_v v_i + W_z z_i,t

Each dimension of a code has variance 1 over the training clips, so that N(0, 1) is the prior of
both; frames are drawn independently. Dimensions beyond the number of bands are always 0.
"""

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from ....settings import settings
from ..dsae.autoencoder import FLAT, chunks
from ..family import DataShape, Features
from ..interface import Codes
from ..known_answers.fitted import fitted
from ..networks.gaussians import standard

Size = Annotated[int, Field(ge=1, le=100_000)]


@settings
class PcaConfig:
    """The numbers of components."""

    v_dim: Size = 16
    """size of the global code v"""
    z_dim: Size = 16
    """size of the local code z_t"""


class Pca(nn.Module):
    """Principal components of clips and of frames. All numbers are buffers, saved as weights."""

    def __init__(self, settings: PcaConfig, shape: DataShape) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape.mel))
        self.register_buffer("v_components", torch.zeros(settings.v_dim, shape.mel))
        self.register_buffer("z_components", torch.zeros(settings.z_dim, shape.mel))

    def fit(self, x: Features) -> None:
        """Fit to raw log-mel x, (clips, time, mel), which is read once, a part at a time."""
        mel, frames = x.shape[2], len(x) * x.shape[1]
        total, of_frames, of_clips = np.zeros(mel), np.zeros((mel, mel)), np.zeros((mel, mel))
        for part in chunks(x):
            rows = np.asarray(x[part], np.float64)
            means = rows.mean(axis=1)  # (clips, mel)
            total += means.sum(axis=0)
            of_clips += means.T @ means
            rows = rows.reshape(-1, mel)
            of_frames += rows.T @ rows
        mean = total / len(x)
        square = np.outer(mean, mean)
        of_clips, of_frames = of_clips / len(x) - square, of_frames / frames - square
        v = components(of_clips, len(self.get_buffer("v_components")))
        explained = np.linalg.pinv(v) @ v  # the projection on what v can say
        # m_i is the mean of its frames: what v takes from the frames' covariance is its own.
        of_rest = of_frames - explained @ of_clips @ explained
        z = components(of_rest, len(self.get_buffer("z_components")))
        for name, values in (("mean", mean), ("v_components", v), ("z_components", z)):
            self.get_buffer(name).copy_(torch.from_numpy(values))

    def encode(self, x: Tensor) -> Codes:
        """Return the codes of raw x, (batch, time, mel), without variances."""
        rest = x - self.get_buffer("mean")
        v = rest.mean(dim=1) @ _inverse(self.get_buffer("v_components"))
        rest = rest - (v @ self.get_buffer("v_components")).unsqueeze(1)
        return Codes(v_mean=v, z_mean=rest @ _inverse(self.get_buffer("z_components")))

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        """Return raw log-mel, (batch, time, mel)."""
        still = self.get_buffer("mean") + v @ self.get_buffer("v_components")
        return still.unsqueeze(1) + z @ self.get_buffer("z_components")

    def sample(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw new sequences, (n, frames, mel)."""
        return self.decode(self.sample_z(n, frames, generator), self.sample_v(n, generator))

    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw v from N(0, 1): (n, v_dim)."""
        mean = self.get_buffer("mean")
        return standard(mean.new_zeros(n, len(self.get_buffer("v_components")))).sample(generator)

    def sample_z(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw z, each frame from N(0, 1): (n, frames, z_dim)."""
        size = len(self.get_buffer("z_components"))
        return standard(self.get_buffer("mean").new_zeros(n, frames, size)).sample(generator)

    def continue_z(
        self, z: Tensor, frames: int, generator: torch.Generator | None = None
    ) -> Tensor:
        """Draw what follows z, which does not depend on it: (n, frames, z_dim)."""
        return self.sample_z(len(z), frames, generator)


def components(covariance: np.ndarray, count: int) -> np.ndarray:
    """Return principal components times their deviations, (count, mel), largest first.

    The largest entry of each is positive. Those whose deviation is below `FLAT` log units, and
    those beyond the number of bands, are 0.
    """
    variances, vectors = np.linalg.eigh(covariance)  # ascending
    deviations = np.sqrt(np.maximum(variances[::-1][:count], 0))
    deviations[deviations < FLAT] = 0.0
    rows = vectors.T[::-1][:count]
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    rows = rows * np.sign(largest) * deviations[:, None]
    return np.pad(rows, ((0, count - len(rows)), (0, 0)))


def _inverse(rows: Tensor) -> Tensor:
    """Return the pseudo-inverse, (mel, count), of rows (count, mel): orthogonal ones, or zeros."""
    squares = rows.square().sum(dim=1)
    return rows.T / squares.where(squares > 0, 1.0)


FAMILY = fitted(PcaConfig, Pca)
