"""A beta-VAE with few symbols and AND, IN COMMON, IGNORE (Higgins et al. 2018)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from ..clips.clip_vae import vae_terms
from ..clips.vae_relatives import TERMS as VAE_TERMS
from ..dsae.autoencoder import fit_scale
from ..family import Batch, Family, Preset, Stage, Term
from ..networks.gaussians import Gaussian, standard
from ..symbols.scan_labels import concepts_of, label_rows
from ..symbols.scan_model import Scan
from ..symbols.scan_settings import ScanConfig, ScanObjectiveConfig

Terms = dict[str, Tensor]
VAE = ("encoder", "decoder")
SYMBOLS = ("symbol_encoder", "symbol_decoder")
OPERATORS = ("operators",)

FAST = {
    "beta": 2.0,
    "labelled": 0.2,
    "batch_size": 16,
    "epochs": 40,
    "stage1_epochs": 30,
    "symbol_epochs": 5,
}


@dataclass(frozen=True)
class ScanStage(Stage):
    """A stage of SCAN, which learns from clips, from labels or from examples of operators."""

    learns: Literal["clips", "symbols", "operators"] = "clips"


def scan_terms(
    model: Scan,
    batch: Batch,
    settings: ScanObjectiveConfig,
    stage: ScanStage,
    generator: torch.Generator,
) -> Terms:
    """Return the terms of a batch in a stage."""
    if stage.learns == "clips":
        return vae_terms(model, batch, settings, generator)
    if stage.learns == "symbols":
        return symbol_terms(model, batch.extras["label_x"], batch.extras["said"], generator)
    operands = (batch.extras[name] for name in ("operator", "first", "second"))
    q_r = model.recombined(*operands)
    return {"operators": _nats(seen(model, batch.extras["example_x"]), q_r)}


def symbol_terms(model: Scan, x: Tensor, said: Tensor, generator: torch.Generator) -> Terms:
    """Return the terms of stage 2 for labelled clips (Higgins et al. 2018).

    -E[log p(y | z_y)], KL(q(z_y | y) to p) and KL(q(z_x | x) to q(z_y | y)). The last one has this
    direction, so that a concept covers all clips that it is true of: of what its symbols leave
    open, it becomes as wide as the clips are.
    """
    q_y: Gaussian = model.symbol_encoder(said)
    logits = model.symbol_decoder(q_y.sample(generator))
    wrong = binary_cross_entropy_with_logits(logits, said.to(logits), reduction="none")
    return {
        "symbols": wrong.sum(dim=-1).mean(),
        "symbol_kl": _nats(q_y, standard(q_y.mean)),
        "grounding": _nats(seen(model, x), q_y),
    }


@torch.no_grad()
def seen(model: Scan, x: Tensor) -> Gaussian:
    """Return q(z_x | x), which is frozen after stage 1."""
    return model.posterior(x)


def _nats(q: Gaussian, p: Gaussian) -> Tensor:
    return q.kl(p).sum(dim=-1).mean()


FAMILY = Family(
    model=ScanConfig,
    objective=ScanObjectiveConfig,
    build=Scan,
    compute=scan_terms,
    terms=(
        *VAE_TERMS,
        Term("symbols", "symbols", "nats for those that a label says and those that it does not"),
        Term("symbol_kl", "KL of z_y", "to N(0, 1)", weight="symbol_beta"),
        Term("grounding", "grounding", "KL of the clip's code to z_y", weight="grounding_weight"),
        Term("operators", "operators", "KL of the clip's code to the concept that they make"),
    ),
    stages=(
        ScanStage(frozen=(*SYMBOLS, *OPERATORS)),
        ScanStage(frozen=(*VAE, *OPERATORS), lasts="symbol_epochs", learns="symbols"),
        ScanStage(frozen=(*VAE, *SYMBOLS), learns="operators"),
    ),
    needs=("symbols",),
    extras=label_rows,
    prepare=fit_scale,
    concepts=concepts_of,
    criterion="operators",
    presets={
        "fast": Preset("fully connected, beta 2, labels for a fifth of the clips: a minute", FAST),
        "conv": Preset("convolutional, the same: two minutes", FAST | {"network": "conv"}),
    },
)
