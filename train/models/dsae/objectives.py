"""The objective of DSAE and its relatives: Eq 2 and the four swap terms, Eq 4 to 7.

Source: Li and Mandt 2018; Luo et al. 2022, sec. 3.

Terms are scalars, averaged over batch and, where they have one, over time; KL_v is not divided by
T. x is in the model's own (scaled) units. The constant of the Gaussian likelihood is left out. The
decoder's variance is 1 / w (w: reconstruction_weight), so w * reconstruction is the negative
log-likelihood of Eq 2.

| term | equation |
|---|---|
| reconstruction, kl_z, kl_v | 2 |
| global_v, global_z | 4, 5: v or z inferred again after v_i was replaced by v_j |
| local_v, local_z | 6, 7: v or z inferred again after z_i was replaced by z_j |
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..family import Stage
from ..networks.gaussians import Gaussian
from .autoencoder import Autoencoder
from .dsae_settings import ObjectiveConfig

SWAPS = ("global_v", "global_z", "local_v", "local_z")
Terms = dict[str, Tensor]


@dataclass(frozen=True)
class DsaeStage(Stage):
    """A stage of DSAE and its relatives.

    `kl_z` says whether Eq 2 keeps its second term, `swap_terms` whether Eq 4 to 7 are added.
    """

    kl_z: bool = True
    swap_terms: bool = False

    @property
    def constrained(self) -> bool:
        """Whether z is a random projection of x, as its encoder is frozen (sec. 3.1)."""
        return "local_encoder" in self.frozen


@dataclass(frozen=True)
class Inferred:
    """Posteriors of a batch, and the draw from q(v | x) on which q(z | x, v) may depend."""

    q_v: Gaussian
    q_z: Gaussian
    v: Tensor  # (batch, v_dim)


def partners(n: int, generator: torch.Generator) -> Tensor:
    """Return a random permutation of n clips that maps none to itself (one cycle)."""
    assert n > 1, "a clip alone has no partner"
    order = torch.randperm(n, generator=generator, device=generator.device)
    partner = torch.empty_like(order)
    partner[order] = order.roll(1)
    return partner


class Objective:
    """The terms of a batch in a stage."""

    def __init__(self, config: ObjectiveConfig) -> None:
        self.config = config

    def terms(
        self, model: Autoencoder, x: Tensor, stage: DsaeStage, generator: torch.Generator
    ) -> Terms:
        """Return the terms that the stage has, for x, (batch, time, mel)."""
        inferred = infer(model, x, generator, stage.constrained)
        z, q_z = inferred.q_z.drawn(generator)
        inferred = replace(inferred, q_z=q_z)
        terms = self.eq2(model, x, inferred, z, stage)
        if stage.swap_terms:
            partner = partners(len(x), generator)
            terms |= self.swap_terms(model, inferred, z, (partner, partner), generator)
        return terms

    def eq2(
        self, model: Autoencoder, x: Tensor, inferred: Inferred, z: Tensor, stage: DsaeStage
    ) -> Terms:
        """Return the terms of Eq 2; without KL_z where the stage leaves it out (sec. 3.1)."""
        hidden = stage.constrained and self.config.stage1_z == "zero"
        seen = torch.zeros_like(z) if hidden else z
        terms = {
            "reconstruction": self._error(model.decoder(seen, inferred.v), x),
            "kl_v": self._kl(inferred.q_v, model.v_prior(x)),
        }
        if stage.kl_z:
            terms["kl_z"] = self._kl(inferred.q_z, model.transition(z))
        return terms

    def swap_terms(
        self,
        model: Autoencoder,
        inferred: Inferred,
        z: Tensor,
        partners: tuple[Tensor, Tensor],
        generator: torch.Generator | None,
    ) -> Terms:
        """Return Eq 4 to 7; `partners` has j of each i, (batch,), for global and local swap.

        Were the local swap made with the inverse permutation, Eq 6 would be Eq 4 and Eq 7 Eq 5,
        clip for clip: decode(z_j, v_i) is what the global swap made for j's side. So with swaps =
        "one" the second pass is left out and its terms are those of the first. Clips of a batch are
        in random order, so the mean over its first ones has the same expectation (swap_share).
        """
        clips = max(1, round(self.config.swap_share * len(z)))
        q_v, q_z, (j, local_j) = inferred.q_v, inferred.q_z, (p[:clips] for p in partners)
        i = slice(clips)
        after = infer(model, model.decoder(z[i], inferred.v[j]), generator)
        global_v, global_z = self._kl(after.q_v, q_v.at(j)), self._kl(after.q_z, q_z.at(i))
        if self.config.swaps == "one":
            return dict(zip(SWAPS, (global_v, global_z, global_v, global_z), strict=True))
        after = infer(model, model.decoder(z[local_j], inferred.v[i]), generator)
        local_v, local_z = self._kl(after.q_v, q_v.at(i)), self._kl(after.q_z, q_z.at(local_j))
        return dict(zip(SWAPS, (global_v, global_z, local_v, local_z), strict=True))

    def _error(self, x_hat: Tensor, x: Tensor) -> Tensor:
        """Return the squared error of a frame: half the sum over bands, or the mean."""
        square = (x_hat - x).square()
        return square.mean() if self._means else 0.5 * square.sum(dim=-1).mean()

    def _kl(self, q: Gaussian, p: Gaussian) -> Tensor:
        kl = q.kl(p)
        return kl.mean() if self._means else kl.sum(dim=-1).mean()

    @property
    def _means(self) -> bool:
        return self.config.scaling == "released"


def infer(
    model: Autoencoder,
    x: Tensor,
    generator: torch.Generator | None,
    constrained: bool = False,
) -> Inferred:
    """Infer v, then z; no gradient enters a frozen local encoder, nor v by it (constrained)."""
    q_v: Gaussian = model.global_encoder(x)
    v = q_v.sample(generator)
    with torch.set_grad_enabled(torch.is_grad_enabled() and not constrained):
        q_z = model.posterior_z(x, v)
    return Inferred(q_v, q_z, v)
