"""Frames beside each other, and v beside frames, against loops."""

import numpy as np
import pytest
import torch
from torch import nn

from dsounds.train.models.networks.sequences import at_offsets, linear_with_v, with_v


@pytest.mark.parametrize("offsets", [(0,), (-2, 0, 3), (3, -2), (1, 2), (-4, -3), (-9, 9, 100)])
def test_frames_at_offsets_are_copies_with_zeros_outside(offsets: tuple[int, ...]) -> None:
    frames = np.random.default_rng(0).standard_normal((2, 5, 3)).astype(np.float32)
    found = at_offsets(torch.from_numpy(frames), offsets).numpy()
    assert found.shape == (2, 5, 3 * len(offsets))
    for t in range(5):
        for i, k in enumerate(offsets):
            inside = 0 <= t + k < 5
            expected = frames[:, t + k] if inside else np.zeros((2, 3))
            np.testing.assert_array_equal(found[:, t, 3 * i : 3 * i + 3], expected)


def test_a_layer_that_reads_v_once_is_the_layer_on_frames_beside_v() -> None:
    layer, sequence, v = nn.Linear(5, 4), torch.randn(2, 6, 3), torch.randn(2, 2)
    torch.testing.assert_close(linear_with_v(layer, sequence, v), layer(with_v(sequence, v)))
