"""The objective and the presets of LSTM-f and LSTM-c (Li and Mandt 2018, sec. 4.3).

The objective is Eq 2 of Luo et al. 2022 with the prior N(0, 1) of z. As there, what is not of v is
divided by T: the one KL of z counts 1 / T, so that its share beside the reconstruction is that of
the variational bound.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import torch
from torch import Tensor, nn

from ...settings import require
from ..settings.presets import DSAE_PRESETS
from .dsae_settings import Eq2Config, ObjectiveConfig
from .family import Batch, DataShape, Family, Preset, Stage
from .lstm_autoencoder import LstmAutoencoder
from .lstm_settings import LstmConfig
from .objectives import DsaeStage, Objective
from .relatives import TERMS, prepare

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
        terms=tuple(term for term in TERMS if term.watched),
        prepare=prepare,
        criterion="Eq 2",
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
    objective = Objective(ObjectiveConfig(**asdict(settings)))
    return objective.terms(model, model.scale(batch.x), DsaeStage(), generator)
