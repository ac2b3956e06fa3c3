"""Priors: p(z_t | z_<t) by a recurrent network, p(v) as N(0, 1) or a snapshot.

Source: Luo et al. 2022, Eq 3 and sec. 5.2.

Under Eq 3 each sequence has its own prior q_C(v | x_i). To draw a new v, `SnapshotPrior` keeps the
sequence-level priors of some training clips and draws from their equal mixture.
"""

import copy
from typing import Any

import torch
from torch import Tensor, nn

from .gaussians import Gaussian, GaussianLayer, standard

COMPONENTS = 256  # clips whose priors a snapshot keeps for drawing: enough to show every mode


def component_rows(clips: int) -> Tensor:
    """Return the training clips that a snapshot keeps: spread evenly, repeated if few."""
    return torch.linspace(0, clips - 1, COMPONENTS).round().long()


class Transition(nn.Module):
    """p(z_t | z_<t): LSTM-[32,32]-Gau. It reads z shifted by one frame, zeros before the first."""

    def __init__(self, z_dim: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.z_dim = z_dim
        self.lstm = nn.LSTM(z_dim, hidden, layers, batch_first=True)
        self.gaussian = GaussianLayer(hidden, z_dim)

    def forward(self, z: Tensor) -> Gaussian:
        """Map sampled z, (batch, time, z_dim), to the prior of each of its frames."""
        past = nn.functional.pad(z[:, :-1], (0, 0, 1, 0))
        return self.gaussian(self.lstm(past)[0])

    def continued(self, z: Tensor, frames: int, generator: torch.Generator | None) -> Tensor:
        """Draw what follows z, (n, time, z_dim), frame by frame: (n, frames, z_dim)."""
        past, state = nn.functional.pad(z, (0, 0, 1, 0)), None
        drawn = []
        for _ in range(frames):
            hidden, state = self.lstm(past, state)
            past = self.gaussian(hidden[:, -1:]).sample(generator)
            drawn.append(past)
        return torch.cat(drawn, dim=1) if drawn else z[:, :0]


class StandardPrior(nn.Module):
    """p(v) = N(0, 1)."""

    def __init__(self, v_dim: int) -> None:
        super().__init__()
        self.v_dim = v_dim
        self.register_buffer("place", torch.zeros(()), persistent=False)

    def forward(self, x: Tensor) -> Gaussian:
        """Return the prior of each clip's v, (batch, v_dim)."""
        return standard(x.new_zeros(len(x), self.v_dim))

    def sample(self, n: int, generator: torch.Generator | None) -> Tensor:
        """Draw v, (n, v_dim)."""
        place = self.get_buffer("place")
        return standard(place.new_zeros(n, self.v_dim)).sample(generator)


class StandardDynamics(nn.Module):
    """p(z) = N(0, 1) of one z for the dynamics of a clip (Li and Mandt 2018, sec. 4.3)."""

    def forward(self, z: Tensor) -> Gaussian:
        """Return the prior of z, (batch, 1, z_dim)."""
        return standard(z)


class SnapshotPrior(nn.Module):
    """p(v_i) = q_C(v_i | x_i): a frozen copy of the global encoder (Eq 3); N(0, 1) until taken.

    The copy and `taken` are part of the weights, so a resumed run has them.
    """

    def __init__(self, encoder: nn.Module, v_dim: int) -> None:
        super().__init__()
        self.encoder = copy.deepcopy(encoder).requires_grad_(False)
        self.register_buffer("taken", torch.tensor(False))
        self._is_taken: bool | None = None  # the same, so that a GPU is not asked in every step
        self.register_buffer("component_mean", torch.zeros(COMPONENTS, v_dim))
        self.register_buffer("component_logvar", torch.zeros(COMPONENTS, v_dim))

    @torch.no_grad()
    def take(self, encoder: nn.Module, x: Tensor) -> None:
        """Copy the encoder now, and keep its posteriors of x, (COMPONENTS, time, mel)."""
        self.encoder.load_state_dict(encoder.state_dict())
        posterior: Gaussian = self.encoder(x)
        self.get_buffer("component_mean").copy_(posterior.mean)
        self.get_buffer("component_logvar").copy_(posterior.logvar)
        self.get_buffer("taken").fill_(True)
        self._is_taken = True

    def _load_from_state_dict(self, *arguments: Any) -> None:
        super()._load_from_state_dict(*arguments)
        self._is_taken = None

    @torch.no_grad()
    def forward(self, x: Tensor) -> Gaussian:
        """Return the prior of each clip's v, (batch, v_dim)."""
        if self._is_taken is None:
            self._is_taken = bool(self.get_buffer("taken"))
        if self._is_taken:
            return self.encoder(x)
        return standard(x.new_zeros(len(x), self.get_buffer("component_mean").shape[1]))

    def sample(self, n: int, generator: torch.Generator | None) -> Tensor:
        """Draw v from the mixture of the kept sequence-level priors, (n, v_dim)."""
        mean, logvar = self.get_buffer("component_mean"), self.get_buffer("component_logvar")
        which = torch.randint(COMPONENTS, (n,), generator=generator, device=mean.device)
        return Gaussian(mean, logvar).at(which).sample(generator)
