"""What the model decodes of the codes of scored clips: their own, swapped, drawn, the true swaps.

Arrays of partners hold for each scored clip the place of another one among them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ...fitting.threads import one_thread
from ..swaps.partners import pair_with_another
from .batches import Batches
from .clips import Labels
from .evaluated_codes import EvaluatedCodes, there

if TYPE_CHECKING:
    from ...samples.checked_generator import CheckedGenerator


class EvaluatedSwaps(EvaluatedCodes):
    """Codes with what is decoded of them."""

    @cached_property
    def partners(self) -> Labels:
        """The partner of each scored clip, which has another class, for each factor."""
        rng = np.random.default_rng(self.seed)
        return {name: pair_with_another(self.labels[name], rng) for name in self.factors}

    @property
    def reconstruction(self) -> Batches:
        """The clips decode(z_i, v_i) of the scored clips."""
        return self.decoded("reconstruction")

    def global_swap(self, factor: str) -> Batches:
        """Return decode(z_i, v_j) with partners j of another class of a factor."""
        return self.decoded(f"{factor}: global swap", v_of=self.partners[factor])

    def local_swap(self, factor: str) -> Batches:
        """Return decode(z_j, v_i) with partners j of another class of a factor."""
        return self.decoded(f"{factor}: local swap", z_of=self.partners[factor])

    def decoded(
        self, name: str, z_of: np.ndarray | None = None, v_of: np.ndarray | None = None
    ) -> Batches:
        """Return what the model decodes from the codes of scored clips, under a name of its own.

        `z_of` and `v_of` are places of the clips whose z and v are taken, (n,); the clips' own
        where None.
        """
        codes = self.decodable

        def decode(rows: slice) -> Tensor:
            own = np.arange(len(self))
            z, v = (
                None if code is None else code[torch.from_numpy(own if of is None else of)[rows]]
                for code, of in ((codes.z_mean, z_of), (codes.v_mean, v_of))
            )
            return self.decode(z, v)

        return self.once(("decoded", name), lambda: self.batches(decode))

    def decoded_from(self, name: str, z: Tensor, v: Tensor) -> Batches:
        """Return what the model decodes from these codes of as many clips, under a name."""
        return self.once(
            ("decoded", name),
            lambda: Batches(lambda rows: self.decode(z[rows], v[rows]), len(v), self._memory),
        )

    def drawn_v(self, n: int, name: str) -> Tensor:
        """Return v drawn from the model's prior, (n, v_dim), for the score of that name."""
        return self.generator(f"v of {name}").sample_v(n)

    def drawn_z(self, n: int, name: str) -> Tensor:
        """Return z as long as the clips, drawn from its prior: (n, time, z_dim).

        It is (n, 1, z_dim) of a model that has one latent for a clip.
        """
        with one_thread():  # a step for each frame
            return self.generator(f"z of {name}").sample_z(n, self.scored.x.shape[1])

    def generator(self, name: str) -> CheckedGenerator:
        """Return the model as it draws for the purpose of that name, whatever was drawn before."""
        from ...samples.checked_generator import CheckedGenerator

        return CheckedGenerator(there(self.model), int(self.rng(name).integers(2**31)))

    @property
    def partner(self) -> np.ndarray:
        """The partners of the true counterfactuals: (n,)."""
        return there(self.counterfactuals).partner

    @cached_property
    def counterfactual(self) -> Batches:
        """The log-mel of the scored clips as they would be with their partners' static factors."""
        x = there(self.counterfactuals).x
        return self.batches(lambda rows: torch.from_numpy(x(rows)))
