"""The interface of every model: encode, decode and draw.

x is (batch, time, mel) log-mel in raw units; z is (batch, time, z_dim), local codes z_1:T; v is
(batch, v_dim), the global code. Scores and reports need only this.
"""

from dataclasses import dataclass, fields
from typing import Protocol

import torch
from torch import Tensor

from .networks.gaussians import Gaussian


@dataclass(frozen=True)
class Codes:
    """Posteriors of a batch: q(v | x) and q(z_t | x), as means and log variances.

    A code that the model does not have is None.
    """

    v_mean: Tensor | None = None  # (batch, v_dim)
    v_logvar: Tensor | None = None  # (batch, v_dim)
    z_mean: Tensor | None = None  # (batch, time, z_dim)
    z_logvar: Tensor | None = None  # (batch, time, z_dim)


class SequenceModel(Protocol):
    """Anybody's model."""

    def encode(self, x: Tensor) -> Codes:
        """Return the posteriors of x, (batch, time, mel)."""

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        """Return the decoder's mean, (batch, time, mel), for z_1:T and v."""


class GenerativeModel(SequenceModel, Protocol):
    """A model that can also draw from its priors.

    A model without v or z has no `sample_v`, or no `sample_z` and `continue_z`.
    """

    def sample(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Return n new sequences, (n, frames, mel)."""

    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Return v drawn from its prior, (n, v_dim)."""

    def sample_z(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Return z_1:T drawn from their prior, (n, frames, z_dim)."""

    def continue_z(
        self, z: Tensor, frames: int, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return the next frames after z, (n, time, z_dim), drawn from their prior given z."""


class SymbolModel(SequenceModel, Protocol):
    """A model of clips and of symbols: S of them, in k-hot vectors (n, S).

    `decode(None, v)` turns codes of concepts into sounds as it does those of clips.
    """

    def symbols_of(self, x: Tensor) -> Tensor:
        """Return how probable each symbol of x, (batch, time, mel), is: (batch, S)."""

    def sounds_of(
        self, symbols: Tensor, draws: int, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return sounds of which some symbols, (n, S), are true: (n, draws, time, mel)."""

    def recombine(self, operator: Tensor, first: Tensor, second: Tensor) -> Gaussian:
        """Return the code of what operators, (n,), make of two concepts, (n, S) each.

        Operators are numbers in `datasets.concepts.recombine.NAMES`; of a concept the fewest
        symbols that say it are given, as in labels.
        """


def encode_all(model: SequenceModel, x: Tensor, batch: int = 128) -> Codes:
    """Encode any number of clips, a batch at a time, without gradients."""
    with torch.no_grad():
        return joined([model.encode(rows) for rows in x.split(batch)])


def joined(parts: list[Codes]) -> Codes:
    """Return the codes of several batches as those of one; None stays None."""
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Codes))
    return Codes(*(None if column[0] is None else torch.cat(column) for column in columns))
