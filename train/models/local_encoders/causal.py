"""Causal q: each frame's z from the frames so far and the draws before it, q(z_t | z_<t, x_<=t).

Source: Bai et al. 2021, Eq 2. The widths of the frames' layers are those of `encoder_hidden`, that
of the LSTM is the last of them.

The Gaussian of a frame depends on what was drawn before it. So a posterior is not a Gaussian for
each frame but a way to walk along the frames, `PathGaussian`: `drawn` gives a path and the
Gaussians along it; `mean` and `logvar` are those along the path of means, which the contrast reads
(Bai et al. 2021, Eq 7) and which scores read.
"""

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor, nn

from ..dsae.dsae_settings import ModelConfig
from ..networks.gaussians import Gaussian, GaussianLayer, fcn

Choice = Callable[[Gaussian], Tensor]


class CausalLocalEncoder(nn.Module):
    """FCN-[64,64] on x_t, then LSTM-64-Gau on [hidden_t ; z_t-1], with z_0 = 0."""

    def __init__(self, mel: int, settings: ModelConfig) -> None:
        super().__init__()
        width = settings.encoder_hidden[-1]
        self.frames = fcn(mel, settings.encoder_hidden, settings.activation)
        self.lstm = nn.LSTM(width + settings.z_dim, width, batch_first=True)
        self.gaussian = GaussianLayer(width, settings.z_dim)

    def forward(self, x: Tensor, v: Tensor) -> "PathGaussian":
        """Map x, (batch, time, mel), to a posterior over (batch, time, z_dim)."""
        return PathGaussian(self, self.frames(x))

    def along(self, hidden: Tensor, z: Tensor) -> Gaussian:
        """Return the Gaussians q(z_t | z_<t, x_<=t) along given paths z, (batch, time, z_dim).

        `hidden` has the features of the frames, (batch, time, width).
        """
        past = nn.functional.pad(z[:, :-1], (0, 0, 1, 0))
        return self.gaussian(self.lstm(torch.cat([hidden, past], dim=-1))[0])

    def walk(self, hidden: Tensor, choose: Choice) -> tuple[Tensor, Gaussian]:
        """Go along the frames; return the path and the Gaussians on it, (batch, time, z_dim).

        `choose` gives z_t from its Gaussian, (batch, z_dim). The LSTM is written out, as all that
        does not depend on the path is computed at once: two thirds of the time of LSTM cells.
        """
        lstm, width = self.lstm, hidden.shape[-1]
        weight_ih, weight_hh, bias_ih, bias_hh = lstm.all_weights[0]
        inputs = nn.functional.linear(hidden, weight_ih[:, :width], bias_ih + bias_hh)
        recurrent = torch.cat([weight_ih[:, width:], weight_hh], dim=1).T
        z = hidden.new_zeros(len(hidden), lstm.input_size - width)
        h = c = hidden.new_zeros(len(hidden), lstm.hidden_size)
        heads = (self.gaussian.mean, self.gaussian.logvar)
        weight, bias = (torch.cat([getattr(head, n) for head in heads]) for n in ("weight", "bias"))
        steps = []
        for entering in inputs.unbind(dim=1):
            gates = torch.addmm(entering, torch.cat([z, h], dim=1), recurrent)
            i, f, g, o = gates.chunk(4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            q = Gaussian(*nn.functional.linear(h, weight, bias).chunk(2, dim=1))
            z = choose(q)
            steps.append((z, q.mean, q.logvar))
        path, mean, logvar = (torch.stack(parts, dim=1) for parts in zip(*steps, strict=True))
        return path, Gaussian(mean, logvar)


class PathGaussian(Gaussian):
    """prod_t q(z_t | z_<t, x_<=t) of a batch of clips, computed when it is asked for."""

    def __init__(self, encoder: CausalLocalEncoder, hidden: Tensor) -> None:
        self.__dict__.update(encoder=encoder, hidden=hidden)  # the base is frozen

    @cached_property
    def _along_means(self) -> Gaussian:
        encoder: CausalLocalEncoder = self.__dict__["encoder"]
        return encoder.walk(self.__dict__["hidden"], lambda q: q.mean)[1]

    @property
    def mean(self) -> Tensor:
        """The means along the path of means, (batch, time, z_dim)."""
        return self._along_means.mean

    @property
    def logvar(self) -> Tensor:
        """The log variances along the path of means, (batch, time, z_dim)."""
        return self._along_means.logvar

    def sample(self, generator: torch.Generator | None) -> Tensor:
        """Draw a path, (batch, time, z_dim)."""
        return self.drawn(generator)[0]

    def drawn(self, generator: torch.Generator | None) -> tuple[Tensor, Gaussian]:
        """Draw a path, and return with it the Gaussians along it."""
        encoder: CausalLocalEncoder = self.__dict__["encoder"]
        return encoder.walk(self.__dict__["hidden"], lambda q: q.sample(generator))

    def pairs(self, z: Tensor) -> Tensor:
        """Return log q(z_t | z_<t, x_<=t) of the paths z of all clips under the x of all clips.

        The shape is (time, batch, batch): [t, i, j] is that of the path z_i and x_j. An LSTM reads
        batch * batch sequences for it.
        """
        encoder: CausalLocalEncoder = self.__dict__["encoder"]
        hidden = self.__dict__["hidden"]
        rows = []
        for path in z:
            each = path.expand(len(hidden), -1, -1)
            rows.append(encoder.along(hidden, each).log_density(each).sum(dim=-1))
        return torch.stack(rows).movedim(-1, 0)


LOCAL_ENCODER = CausalLocalEncoder
