"""Known answers: families whose model is fitted to the training clips in one pass, not trained.

Nothing of them has a gradient, so an epoch changes nothing: their presets have one, of a thousand
clips at most, which gives the run its checkpoint and its row of metrics.csv.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol

import torch
from pydantic import Field
from torch import Tensor, nn

from ....settings import settings
from ..family import Batch, DataShape, Family, Features, Preset, Stage, Term
from ..interface import Codes

ONE_EPOCH = {
    "default": Preset("one epoch, which changes nothing", {"epochs": 1, "epoch_clips": 1000})
}
TERMS = (
    Term(
        "reconstruction",
        "reconstruction",
        "half the squared error of a frame in log-mel, lower is better",
        weight="reconstruction_weight",
    ),
)


@settings
class FittedObjective:
    """What is reported of a fitted model: nothing is minimised."""

    reconstruction_weight: Annotated[float, Field(gt=0, lt=1e6)] = 1.0
    """weight of the error in the criterion"""


class FittedModel(Protocol):
    """A model whose buffers are fitted."""

    def fit(self, x: Features) -> None:
        """Fit the model to log-mel, (clips, time, mel)."""

    def encode(self, x: Tensor) -> Codes:
        """Return the codes of x, (batch, time, mel)."""

    def decode(self, z: Any, v: Any) -> Tensor:
        """Return log-mel, (batch, time, mel)."""


def fitted(model: type, build: Callable[[Any, DataShape], nn.Module]) -> Family:
    """Return the family of a fitted model, from its settings and what builds it."""
    return Family(
        model=model,
        objective=FittedObjective,
        build=build,
        compute=_terms,
        terms=TERMS,
        prepare=_prepare,
        criterion="minus the error",
        presets=ONE_EPOCH,
    )


def _prepare(model: FittedModel, settings: Any, x: Features) -> None:
    model.fit(x)


def _terms(
    model: FittedModel, batch: Batch, objective: FittedObjective, stage: Stage, generator: object
) -> dict[str, Tensor]:
    with torch.no_grad():
        codes = model.encode(batch.x)
        square = (model.decode(codes.z_mean, codes.v_mean) - batch.x).square()
    return {"reconstruction": 0.5 * square.sum(dim=-1).mean()}
