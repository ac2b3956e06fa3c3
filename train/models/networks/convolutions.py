"""Two convolutions over the frames of a sequence, which local encoders and decoders share.

A frame then sees 2 (context - 1) + 1 frames, itself in their middle. One nn.Conv1d takes half to
three quarters of the time of a matrix product of unfolded frames on a CPU.
"""

from torch import Tensor, nn

from ....settings import require
from .gaussians import ACTIVATIONS


class Convolutions(nn.Module):
    """Convolutions over `context` frames, each followed by the activation; zeros at the ends.

    Parameters
    ----------
    inputs, widths
        The sizes of a frame before, and after each of the two convolutions.
    context
        An odd number of frames.
    activation
        A name in ACTIVATIONS.
    setting, part
        The setting that gives the widths and the part of the model, for the message.

    Raises
    ------
    DsoundsError
        If there are not two widths.
    """

    def __init__(
        self,
        inputs: int,
        widths: tuple[int, ...],
        context: int,
        activation: str,
        setting: str,
        part: str,
    ) -> None:
        super().__init__()
        require(
            len(widths) == 2,
            f"{setting} is {widths}: {part} has two convolutions, so two widths are needed",
        )
        self.first = nn.Conv1d(inputs, widths[0], context, padding=context // 2)
        self.second = nn.Conv1d(widths[0], widths[1], context, padding=context // 2)
        self.activation = ACTIVATIONS[activation]()

    def forward(self, sequence: Tensor, added: Tensor | None = None) -> Tensor:
        """Map a sequence, (batch, time, inputs), to (batch, time, widths[1]).

        `added`, (batch, widths[0]), joins each frame of what the first convolution gives.
        """
        hidden = self.first(sequence.transpose(1, 2))  # (batch, widths[0], time)
        if added is not None:
            hidden = hidden + added.unsqueeze(-1)
        return self.activation(self.second(self.activation(hidden))).transpose(1, 2)
