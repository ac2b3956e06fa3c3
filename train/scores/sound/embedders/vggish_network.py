"""The network of VGGish (Hershey et al. 2017), with the names of the public torch port."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

DIMENSIONS = 128
_CONVOLUTIONS = (1, 1, 2, 2)  # in each group, before it is halved


class VGGish(nn.Module):
    """Four groups of 3 x 3 convolutions, each halved by its maxima, and three dense layers.

    It reads log-mel, (n, 1, 96, 64), and gives (n, 128), before the last rectifier.

    Parameters
    ----------
    widths, hidden
        Channels of the groups, and units of both hidden dense layers.
    """

    def __init__(self, widths: Sequence[int], hidden: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 1
        for width, count in zip(widths, _CONVOLUTIONS, strict=True):
            for _ in range(count):
                layers += [nn.Conv2d(before, width, kernel_size=3, padding=1), nn.ReLU()]
                before = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.embeddings = nn.Sequential(
            nn.Linear(before * 6 * 4, hidden),
            nn.ReLU(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Linear(hidden, DIMENSIONS),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Embed log-mel; x is (n, 1, 96, 64)."""
        maps = self.features(x)  # (n, channels, 6, 4)
        flat = maps.permute(0, 2, 3, 1).flatten(1)  # channels last, as the weights were trained
        out: Tensor = self.embeddings(flat)
        return out
