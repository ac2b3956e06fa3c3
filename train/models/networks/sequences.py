"""What local encoders and decoders share: v along time, shifted frames, a bi-LSTM and its average.

Source: Luo et al. 2022, sec. 5.2.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from ....settings import require


def with_v(sequence: Tensor, v: Tensor) -> Tensor:
    """Append v, (batch, v_dim), to each frame of a sequence, (batch, time, dim)."""
    along_time = v.unsqueeze(1).expand(-1, sequence.shape[1], -1)  # (batch, time, v_dim)
    return torch.cat([sequence, along_time], dim=-1)


def linear_with_v(layer: nn.Linear, sequence: Tensor, v: Tensor) -> Tensor:
    """Return `layer` of `with_v`, whose part of v is computed once for a clip, not per frame."""
    of_frames, of_v = layer.weight.split([sequence.shape[-1], v.shape[-1]], dim=1)
    return linear(sequence, of_frames) + linear(v, of_v, layer.bias).unsqueeze(1)


def at_offsets(sequence: Tensor, offsets: tuple[int, ...]) -> Tensor:
    """Return the frames at t + k of each t side by side, for each offset k in the given order.

    Parameters
    ----------
    sequence
        (batch, time, dim); frames outside are zeros.
    offsets
        Frames, in any order.

    Returns
    -------
    Tensor
        (batch, time, offsets * dim).
    """
    before, after = max(0, -min(offsets)), max(0, *offsets)
    padded = nn.functional.pad(sequence, (0, 0, before, after))
    time = sequence.shape[1]
    return torch.cat([padded[:, before + k : before + k + time] for k in offsets], dim=-1)


def require_equal(widths: tuple[int, ...], setting: str, part: str) -> None:
    """Raise DsoundsError, naming the setting and the part of the model, if the widths differ."""
    require(
        len(set(widths)) == 1,
        f"{setting} is {widths}: {part} needs layers of equal width",
    )


def bi_lstm(inputs: int, widths: tuple[int, ...], setting: str, part: str) -> nn.LSTM:
    """Return biRNN-[widths]: a bidirectional LSTM with a layer for each width.

    Parameters
    ----------
    setting, part
        The setting that gives the widths and the part of the model, for the message.

    Raises
    ------
    DsoundsError
        If the widths differ.
    """
    require_equal(widths, setting, part)
    return nn.LSTM(inputs, widths[0], len(widths), batch_first=True, bidirectional=True)


def averaged(lstm: nn.LSTM, sequence: Tensor) -> Tensor:
    """Return the mean of both directions' outputs, (batch, time, width)."""
    return lstm(sequence)[0].unflatten(-1, (2, -1)).mean(dim=-2)
