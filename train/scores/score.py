"""All scores of a model that has encode and decode; pure functions of arrays.

F1 alone is weak: it stays at 1 where swapping v changes nothing that one can hear. So the
reconstruction error, KL_v, v's effect on the output and the true counterfactual error stand
beside it. Conventions: mean squares in raw log-mel units unless named standardised; nats.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ...errors import DsoundsError
from ..models.gaussians import Gaussian, standard
from ..models.interface import Codes, SequenceModel, decode_all, encode_all
from ..models.objectives import partners
from .counterfactual import counterfactual_scores, mean_square
from .swaps import swap_scores

ACTIVE = 0.01  # variance of a posterior mean over clips (Burda 2016)


@dataclass(frozen=True)
class Clips:
    """x: (clips, time, mel) float32 raw log-mel; labels: factor name to (clips,) class indices."""

    x: np.ndarray
    labels: dict[str, np.ndarray]


@dataclass(frozen=True)
class Counterfactuals:
    """Sources, partners, and the sources with the partners' static factors, as clips of x."""

    x_i: np.ndarray
    x_j: np.ndarray
    x_cf: np.ndarray


@dataclass(frozen=True)
class Scores:
    """values: one number per score. factors: a table, factor by score. notes: what is missing."""

    values: dict[str, float]
    factors: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def score(
    model: SequenceModel,
    train: Clips,
    validation: Clips,
    *,
    counterfactuals: Counterfactuals | None = None,
    prior: Callable[[Tensor], Gaussian] | None = None,
    seed: int = 0,
) -> Scores:
    """Return every score of a model.

    Parameters
    ----------
    train
        Clips on which the linear discriminants are fitted.
    validation
        Clips that are scored; `seed` draws their partners.
    counterfactuals
        For the counterfactual error; left out with a note otherwise.
    prior
        The prior of v that the model trained under, from x; N(0, 1) otherwise.
    """
    _check(train, validation)
    x = torch.from_numpy(np.ascontiguousarray(validation.x))
    codes = encode_all(model, x)
    rng = np.random.default_rng(seed)
    factors, notes = _per_factor(model, train, validation, codes, rng)
    values = {f"{name}/{key}": n for name, row in factors.items() for key, n in row.items()}
    values |= reconstruction_scores(model, x, codes, train.x.std(axis=(0, 1), dtype=np.float64))
    values |= global_code_scores(model, codes, prior(x) if prior else None, seed)
    if counterfactuals is not None:
        c = counterfactuals
        values |= counterfactual_scores(model, c.x_i, c.x_j, c.x_cf)
        if np.isnan(values["counterfactual_error"]):
            notes.append(
                "counterfactual_error: nothing to measure against, as the model's resynthesis of "
                "the true counterfactual is no nearer to it than the clip without a swap"
            )
    else:
        notes.append("counterfactual_error: no true counterfactuals were given")
    return Scores(values, factors, tuple(notes))


def reconstruction_scores(
    model: SequenceModel, x: Tensor, codes: Codes, deviation: np.ndarray
) -> dict[str, float]:
    """Return the mean square of decode(z, v) - x, raw and by each band's training deviation."""
    difference = decode_all(model, codes.z_mean, codes.v_mean) - x
    scale = torch.from_numpy(np.maximum(deviation, 1e-3)).to(x.dtype)
    return {
        "reconstruction_mse": mean_square(difference, torch.zeros_like(difference)),
        "reconstruction_mse_standardised": mean_square(
            difference / scale, torch.zeros_like(difference)
        ),
    }


def global_code_scores(
    model: SequenceModel, codes: Codes, prior: Gaussian | None, seed: int
) -> dict[str, float]:
    """Return what v says and does.

    v_effect: mean square between decode(z, v) and decode(z, v of another clip). v_kl_standard:
    KL(q(v | x) || N(0, 1)); v_kl_prior: to the prior used. v_active_units: dimensions whose
    posterior mean varies over the clips.
    """
    q = Gaussian(codes.v_mean, codes.v_logvar)
    other = partners(len(q.mean), torch.Generator().manual_seed(seed))
    normal = standard(q.mean)
    return {
        "v_effect": mean_square(
            decode_all(model, codes.z_mean, q.mean),
            decode_all(model, codes.z_mean, q.mean[other]),
        ),
        "v_kl_standard": _mean_kl(q, normal),
        "v_kl_prior": _mean_kl(q, prior or normal),
        "v_active_units": float((q.mean.var(dim=0) > ACTIVE).sum()),
    }


def _mean_kl(q: Gaussian, p: Gaussian) -> float:
    return float(q.kl(p).double().sum(dim=-1).mean())


def _per_factor(
    model: SequenceModel,
    train: Clips,
    validation: Clips,
    codes: Codes,
    rng: np.random.Generator,
) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Return the swap scores of every factor that varies in both parts, and notes on the rest."""
    train_v = encode_all(model, torch.from_numpy(np.ascontiguousarray(train.x))).v_mean.numpy()
    table, notes = {}, []
    for name, labels in validation.labels.items():
        known = train.labels[name]
        if len(np.unique(labels)) < 2 or len(np.unique(known)) < 2:
            notes.append(f"{name}: left out, as it has one class only in a part")
            continue
        table[name] = swap_scores(model, train_v, known, codes, labels, rng)
    return table, notes


def _check(train: Clips, validation: Clips) -> None:
    for part, clips in (("training", train), ("validation", validation)):
        for name, labels in clips.labels.items():
            if len(labels) != len(clips.x):
                raise DsoundsError(
                    f"the {part} part has {len(clips.x)} clips but {len(labels)} labels of {name}"
                )
    if len(validation.x) < 2:
        raise DsoundsError(
            f"scores need at least 2 validation clips to swap, came {len(validation.x)}"
        )
    missing = validation.labels.keys() - train.labels.keys()
    if missing:
        raise DsoundsError(f"the training part has no labels of {', '.join(sorted(missing))}")
