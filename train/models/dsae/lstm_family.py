"""The objective and the presets of LSTM-f and LSTM-c (Li and Mandt 2018, sec. 4.3).

The objective is the variational bound (Li and Mandt 2018, Eq 2) with the prior N(0, 1) of both v
and z, divided by the number of frames T, so that its reconstruction is that of DSAE. Here both
codes are there once for a clip, and both KL terms count 1 / T. Were that of v not divided, as in Eq
2 of Luo et al. 2022, z would be T times as cheap, and hold the instrument as well.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial

import torch
from torch import Tensor, nn

from ....settings import require
from ...settings.presets import DSAE_PRESETS
from ..family import Batch, DataShape, Family, Preset, Stage
from .autoencoder import fit_scale
from .dsae_settings import Eq2Config, ObjectiveConfig
from .lstm_autoencoder import LstmAutoencoder
from .lstm_settings import LstmConfig
from .objectives import DsaeStage, Objective
from .relatives import TERMS

_HINT = "per clip, divided by its frames"
LSTM_TERMS = tuple(
    replace(term, hint=_HINT) if term.name.startswith("kl_") else term
    for term in TERMS
    if term.watched
)
_UNUSED = ("swaps", "stage1_epochs")
LSTM_PRESETS = {
    "fast": Preset("small batches, large steps, standardised input, an LSTM of width 128"),
    "paper": Preset(
        "the published sizes of z and h, 64 and 512, trained as DSAE's preset paper: hours",
        {k: v for k, v in DSAE_PRESETS["paper"].settings.items() if k not in _UNUSED}
        | {"dynamics_hidden": 512},
    ),
}


def deterministic(dynamics: Callable[[LstmConfig], nn.Module]) -> Family:
    """Return the family whose h_1:T the dynamics make of z."""
    return Family(
        model=LstmConfig,
        objective=Eq2Config,
        build=partial(_build, dynamics),
        compute=_terms,
        terms=LSTM_TERMS,
        prepare=fit_scale,
        criterion="bound",
        presets=LSTM_PRESETS,
    )


def _build(
    dynamics: Callable[[LstmConfig], nn.Module], settings: LstmConfig, shape: DataShape
) -> LstmAutoencoder:
    require(shape.frames > 0, "the number of frames of a clip is needed, and got 0")
    return LstmAutoencoder(settings, shape, dynamics(settings))


def _terms(
    model: LstmAutoencoder,
    batch: Batch,
    settings: Eq2Config,
    stage: Stage,
    generator: torch.Generator,
) -> dict[str, Tensor]:
    objective, frames = Objective(ObjectiveConfig(**asdict(settings))), batch.x.shape[1]
    terms = objective.terms(model, model.scale(batch.x), DsaeStage(), generator)
    return terms | {name: terms[name] / frames for name in ("kl_z", "kl_v")}
