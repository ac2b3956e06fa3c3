"""What a judge hears in clips that a model draws: the Inception Score and its two entropies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..row import Score

if TYPE_CHECKING:
    from ..data.batches import Batches
    from ..data.evaluation_data import EvaluationData

NAME = "judge_drawn"


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the numbers of as many clips as are scored, v and z drawn from their priors."""
    from .factor_judge import heard

    return _numbers(data, heard(data, NAME, drawn(data)))


def drawn(data: EvaluationData) -> Batches:
    """Return as many clips as are scored, decoded from v and z that are drawn from their priors."""

    def draw() -> Batches:
        z, v = data.drawn_z(len(data), NAME), data.drawn_v(len(data), NAME)
        return data.decoded_from(NAME, z, v)

    return data.once(("drawn", NAME), draw)


def of_real_clips(data: EvaluationData) -> dict[str, float]:
    """Return the same of the scored clips."""
    from .factor_judge import heard_in_real

    return _numbers(data, heard_in_real(data))


def _numbers(data: EvaluationData, heard: dict[str, np.ndarray]) -> dict[str, float]:
    from .probabilities import conditional_entropy, inception_score, marginal_entropy

    out = {}
    measures = {"is": inception_score, "h_yx": conditional_entropy, "h_y": marginal_entropy}
    for key, measure in measures.items():
        found = {name: measure(p) for name, p in heard.items()}
        out[f"{NAME}_{key}"] = float(np.mean([found[name] for name in data.factors]))
        if data.dynamic_factors:
            dynamic = [found[name] for name in data.dynamic_factors]
            out[f"{NAME}_{key}_dynamic"] = float(np.mean(dynamic))
        out |= {f"{NAME}_{key}/{name}": one for name, one in found.items()}
    return out


SCORE = Score(
    name=NAME,
    label="judge, clips drawn",
    compute=compute,
    hint="Inception Score: drawn clips have each one class, and together all",
    group="Judge",
    order=650,
    better="higher",
    ceiling=of_real_clips,
    needs=frozenset({"x", "train_x", "labels", "decode", "prior_v", "prior_z"}),
    reference="Bai et al. 2021",
    shown={f"{NAME}_is": "Inception Score, drawn"},
    decimals=2,
    costly=True,
)
