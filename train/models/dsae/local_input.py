"""What the local encoder reads of a clip: its log-mel, or that without what stands still in it.

x is scaled log-mel, (batch, time, mel); mean and deviation are those of a clip's own frames, per
band. A global factor that adds a constant spectrum to a clip's log-mel leaves no trace in its
centred input, and one that also stretches it leaves hardly any in its normalised input (in images
called instance normalisation). Both read the whole clip, whatever the local encoder does then.

| local_input | what the local encoder reads |
|---|---|
| plain | x |
| centred | x minus its mean over time |
| normalised | that, divided by (its deviation over time + 0.05) |
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

LEAST_DEVIATION = 0.05  # scaled units: bands that are silent all the time are not amplified


def plain(x: Tensor) -> Tensor:
    """Return x."""
    return x


def centred(x: Tensor) -> Tensor:
    """Return x minus its mean over time, per clip and band."""
    return x - x.mean(dim=1, keepdim=True)


def normalised(x: Tensor) -> Tensor:
    """Return centred x divided by (its deviation over time + 0.05), per clip and band.

    The deviation is the square root of the mean square, without a correction for few frames.
    """
    x = centred(x)
    # A quarter of the time of Tensor.std. Where it is 0 its gradient is 0, that of sqrt infinite.
    deviation = torch.linalg.vector_norm(x, dim=1, keepdim=True) / math.sqrt(x.shape[1])
    return x / (deviation + LEAST_DEVIATION)


LOCAL_INPUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "plain": plain,
    "centred": centred,
    "normalised": normalised,
}
