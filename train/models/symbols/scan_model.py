"""SCAN: a beta-VAE of clips, with symbols that share its code (Higgins et al. 2018).

The paper's z_x is v here, the code of a clip; z_y is a code of the same size, of symbols y. Both
have the same decoder of clips, p(x | z), and the same decoder of symbols, p(y | z). S is the
number of symbols, y is k-hot, (n, S).
"""

import torch
from torch import Tensor, nn

from ....datasets.concepts.recombine import NAMES
from ..clips.clip_vae import ClipVae, build_vae
from ..family import DataShape
from ..networks.gaussians import Gaussian, GaussianLayer, fcn
from .scan_settings import ScanConfig


class SymbolEncoder(nn.Module):
    """q(z_y | y): FCN-[100]-Gau."""

    def __init__(self, symbols: int, hidden: tuple[int, ...], v_dim: int) -> None:
        super().__init__()
        self.symbols = fcn(symbols, hidden)
        self.gaussian = GaussianLayer(hidden[-1], v_dim)

    def forward(self, symbols: Tensor) -> Gaussian:
        """Map k-hot symbols, (n, S), to a Gaussian over (n, v_dim)."""
        return self.gaussian(self.symbols(symbols.to(self.gaussian.mean.weight)))


class Operators(nn.Module):
    """q(z_r | q(z_y1), q(z_y2), operator), each dimension by itself with the same weights.

    Whether a dimension is specified can be read from its two means and variances, so the operators
    need not know which one it is. It is the paper's convolution over the dimensions, of width 1.
    """

    def __init__(self, hidden: tuple[int, ...]) -> None:
        super().__init__()
        self.shared = fcn(4, hidden)
        self.gaussian = GaussianLayer(hidden[-1], len(NAMES))

    def forward(self, operator: Tensor, first: Gaussian, second: Gaussian) -> Gaussian:
        """Map two concepts, Gaussians over (n, v_dim), to a Gaussian over the same.

        `operator` is (n,), numbers in `NAMES`.
        """
        both = torch.stack([first.mean, first.logvar, second.mean, second.logvar], dim=-1)
        found: Gaussian = self.gaussian(self.shared(both))  # (n, v_dim, operators)
        chosen = operator.long()[:, None, None].expand(-1, both.shape[1], 1)
        mean, logvar = (one.gather(-1, chosen)[..., 0] for one in (found.mean, found.logvar))
        return Gaussian(mean, logvar)


class Scan(ClipVae):
    """A beta-VAE of clips with an encoder and a decoder of symbols, and operators on concepts."""

    def __init__(self, settings: ScanConfig, shape: DataShape) -> None:
        vae = build_vae(settings, shape)
        super().__init__(vae.encoder, vae.decoder, settings.v_dim, shape)
        hidden, symbols = settings.symbol_hidden, shape.symbols
        self.symbol_encoder = SymbolEncoder(symbols, hidden, settings.v_dim)
        self.symbol_decoder = fcn(settings.v_dim, hidden[::-1])
        self.symbol_decoder.append(nn.Linear(hidden[0], symbols))
        self.operators = Operators(settings.operator_hidden)

    @torch.no_grad()
    def symbols_of(self, x: Tensor) -> Tensor:
        """Return how probable it is that each symbol is said of raw x: (batch, S), 0 to 1."""
        return torch.sigmoid(self.symbol_decoder(self.posterior(x).mean))

    @torch.no_grad()
    def sounds_of(
        self, symbols: Tensor, draws: int, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return sounds of which some symbols, (n, S), are true: (n, draws, frames, mel) log-mel.

        What the symbols leave open varies from draw to draw.
        """
        concept: Gaussian = self.symbol_encoder(symbols)
        drawn = concept.at(torch.arange(len(symbols)).repeat_interleave(draws)).sample(generator)
        return self.decode(None, drawn).unflatten(0, (len(symbols), draws))

    @torch.no_grad()
    def recombine(self, operator: Tensor, first: Tensor, second: Tensor) -> Gaussian:
        """Return the code of a concept that an operator makes of two: over (n, v_dim).

        Parameters
        ----------
        operator
            (n,), numbers in `datasets.concepts.recombine.NAMES`.
        first, second
            (n, S) k-hot: the fewest symbols that say each concept, as in labels.
        """
        return self.recombined(operator, first, second)

    def recombined(self, operator: Tensor, first: Tensor, second: Tensor) -> Gaussian:
        """Do the same with gradients."""
        concepts = self.symbol_encoder(first), self.symbol_encoder(second)
        made: Gaussian = self.operators(operator, *concepts)
        return made
