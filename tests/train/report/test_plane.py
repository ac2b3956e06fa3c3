"""The plane of v: distances are kept, and a collapsed v is a dot."""

import numpy as np
import torch

from dsounds.train.models.interface import Codes
from dsounds.train.report.plane import plane


class Encoder:
    """v is a matrix times the first frame."""

    def __init__(self, matrix: np.ndarray) -> None:
        self.matrix = torch.from_numpy(matrix.astype(np.float32))

    def encode(self, x: torch.Tensor) -> Codes:
        v = x[:, 0] @ self.matrix
        return Codes(v, v, x, x)

    def decode(self, z: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return z


def test_the_plane_keeps_distances_and_shows_a_collapse() -> None:
    x = np.random.default_rng(0).standard_normal((40, 2, 2)).astype(np.float32)
    itself = plane(Encoder(np.eye(2)), x[:20], x[20:])
    np.testing.assert_allclose(itself.validation, x[20:, 0], atol=1e-6)
    assert itself.labels == ("dimension 1 of v", "dimension 2 of v")
    wide = plane(Encoder(3 * np.eye(2, 5)), x[:20], x[20:])
    np.testing.assert_allclose(
        np.linalg.norm(wide.validation, axis=1), 3 * np.linalg.norm(x[20:, 0], axis=1), rtol=1e-5
    )
    assert wide.reach > np.abs(wide.validation).max()
    for dims in (1, 2, 5):
        collapsed = plane(Encoder(np.zeros((2, dims))), x[:20], x[20:])
        assert collapsed.validation.shape == (20, 2)
        assert (collapsed.variance, collapsed.reach) == (0, 1.5)
