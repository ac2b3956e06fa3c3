"""What local encoders and decoders share: v along time, a bi-LSTM, the average of its directions.

Source: Luo et al. 2022, sec. 5.2.
"""

import torch
from torch import Tensor, nn

from ....settings import require


def with_v(sequence: Tensor, v: Tensor) -> Tensor:
    """Append v, (batch, v_dim), to each frame of a sequence, (batch, time, dim)."""
    along_time = v.unsqueeze(1).expand(-1, sequence.shape[1], -1)  # (batch, time, v_dim)
    return torch.cat([sequence, along_time], dim=-1)


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
    require(
        len(set(widths)) == 1,
        f"{setting} is {widths}: {part} needs layers of equal width",
    )
    return nn.LSTM(inputs, widths[0], len(widths), batch_first=True, bidirectional=True)


def averaged(lstm: nn.LSTM, sequence: Tensor) -> Tensor:
    """Return the mean of both directions' outputs, (batch, time, width)."""
    return lstm(sequence)[0].unflatten(-1, (2, -1)).mean(dim=-2)
