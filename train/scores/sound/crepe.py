"""CREPE (Kim et al. 2018) of torchcrepe, for the rows of its two sizes.

torchcrepe's own decoders add random numbers to their readings. Here a reading is the mean of the
bins around the greatest one, weighted by their activations, as Kim et al. 2018, sec. 2.1, have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from .tracker import Track, Tracker, tracker_module

if TYPE_CHECKING:
    from torch import Tensor

_BATCH_FRAMES = 256
_LOWEST_HZ, _HIGHEST_HZ = 50.0, 2006.0
_STEPS_A_SECOND = 100
# Bin k has a pitch of 20 k cents above the first, which is counted from 10 Hz.
_BINS, _CENTS_OF_BIN, _CENTS_OF_FIRST, _BASE_HZ = 360, 20.0, 1997.3794084376191, 10.0
_NEIGHBOURS = 4  # bins on either side of the greatest


def crepe_tracker(size: Literal["tiny", "full"]) -> Tracker:
    """Return the tracker of a size of CREPE."""

    def track(sound: np.ndarray, rate_hz: int) -> Track:
        import torch

        from ...fitting.threads import one_thread

        hop = round(rate_hz / _STEPS_A_SECOND)
        with one_thread():
            f0_hz = tracker_module("torchcrepe").predict(
                torch.from_numpy(sound)[None],
                rate_hz,
                hop_length=hop,
                fmin=_LOWEST_HZ,
                fmax=_HIGHEST_HZ,
                model=size,
                decoder=weighted_mean,
                batch_size=_BATCH_FRAMES,
            )
        read = f0_hz[0].numpy()
        return Track(np.arange(len(read)) * hop / rate_hz, read)

    return Tracker(
        track=track,
        module="torchcrepe",
        package="torchcrepe",
        licence="MIT",
        lowest_hz=_LOWEST_HZ,
        highest_hz=_HIGHEST_HZ,
        reference="Kim et al. 2018",
    )


def weighted_mean(activations: Tensor) -> tuple[Tensor, Tensor]:
    """Return the greatest bin of each frame, and the frequency: (batch, frames) in hertz.

    `activations` is (batch, bins, frames), -inf for bins outside of the range.
    """
    import torch

    greatest = activations.argmax(dim=1)
    bins = torch.arange(_BINS)[None, :, None]
    near = (bins - greatest[:, None]).abs() <= _NEIGHBOURS
    weights = activations.clamp(min=0) * near
    cents = (weights * (_CENTS_OF_BIN * bins + _CENTS_OF_FIRST)).sum(dim=1) / weights.sum(dim=1)
    return greatest, _BASE_HZ * 2 ** (cents / 1200)
