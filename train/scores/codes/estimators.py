"""What codes tell of factors, by several estimators.

| name | estimate |
|---|---|
| equal_width | 20 bins of equal width, from counts: the default of disentanglement_lib |
| quantile | 20 bins of equally many samples: an outlier does no harm |
| miller_madow | bins of equal width, each entropy corrected for its bias (Miller 1955) |
| quantile_miller_madow | both |
| neighbours | 3 nearest neighbours (Kraskov et al. 2004; Ross 2014) |

With bins, a continuous factor is put into bins as a dimension is, so its entropy is that of its
bins. With neighbours its entropy is its mutual information with itself, which grows with the number
of samples, as in the package latte: only figures of one number of samples compare.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from ....errors import DsoundsError, suggestion
from ....settings import require
from .code_score import CodeScore, Found, measured
from .information import BINS, entropy, equal_count, equal_width, joint_counts
from .neighbours import Ordered, with_classes, with_numbers
from .samples import Factors, Samples

Method = Literal["equal_width", "quantile", "neighbours"]


@dataclass(frozen=True)
class Estimator:
    """How mutual information is estimated.

    Parameters
    ----------
    method
        Bins of equal width, bins of equally many samples, or nearest neighbours.
    bins
        The number of bins of each dimension and of each continuous factor.
    corrected
        Whether entropies from bins are corrected for their bias.
    neighbours
        The number of nearest neighbours.

    Raises
    ------
    DsoundsError
        If a value is out of range.
    """

    method: Method = "equal_width"
    bins: int = BINS
    corrected: bool = False
    neighbours: int = 3

    def __post_init__(self) -> None:
        methods = get_args(Method)
        require(self.method in methods, f"method {self.method!r}: {', '.join(methods)} are allowed")
        require(self.bins >= 2, f"bins is {self.bins}: 2 or more are needed")
        require(self.neighbours >= 1, f"neighbours is {self.neighbours}: 1 or more are needed")

    @property
    def bootstrap(self) -> bool:
        """Whether it can estimate from samples drawn twice: they would be their own neighbours."""
        return self.method != "neighbours"


ESTIMATORS = {
    "equal_width": Estimator(),
    "quantile": Estimator("quantile"),
    "miller_madow": Estimator(corrected=True),
    "quantile_miller_madow": Estimator("quantile", corrected=True),
    "neighbours": Estimator("neighbours"),
}
_DECIMALS = 12  # so that equal figures tie, whatever the order of a sum
CORRECTED = "quantile_miller_madow"  # what rows print beside the default


def estimator_of(given: str | Estimator) -> Estimator:
    """Return an estimator by its name.

    Raises
    ------
    DsoundsError
        If there is none of that name.
    """
    if isinstance(given, Estimator):
        return given
    if given not in ESTIMATORS:
        raise DsoundsError(
            f"unknown estimator {given!r}{suggestion(str(given), tuple(ESTIMATORS))}: "
            f"{', '.join(ESTIMATORS)} are known, or an Estimator"
        )
    return ESTIMATORS[given]


@dataclass(frozen=True)
class Information:
    """What the dimensions of a code, and the factors themselves, tell of each factor, in nats.

    Attributes
    ----------
    names
        The factors, in the order of the arrays.
    constant
        Factors that are not scored, as they are constant.
    told
        I(factor; dimension), (factors, dimensions), 0 or more.
    entropy
        H(factor), (factors,).
    between
        I(factor; factor), (factors, factors), 0 or more; its diagonal is the entropy.
    """

    names: tuple[str, ...]
    constant: tuple[str, ...]
    told: np.ndarray
    entropy: np.ndarray
    between: np.ndarray

    @cached_property
    def normalised(self) -> np.ndarray:
        """I(factor; dimension) / H(factor), (factors, dimensions); 0 where the entropy is 0."""
        some = self.entropy[:, None] > 0
        share: np.ndarray = np.divide(
            self.told, self.entropy[:, None], out=np.zeros_like(self.told), where=some
        )
        return share

    @cached_property
    def given(self) -> np.ndarray:
        """H(factor of the row given that of the column), (factors, factors), 0 or more."""
        left: np.ndarray = np.maximum(self.entropy[:, None] - self.between, 0)
        return left


def information(samples: Samples, estimator: Estimator) -> Information:
    """Return what the codes tell of the factors."""
    make = _neighbours if estimator.method == "neighbours" else _binned
    return samples.once(("information", estimator), lambda: make(samples, estimator))


def measured_information(
    compute: Callable[[Information], Found],
    codes: Any,
    factors: Factors,
    estimator: str | Estimator,
    **options: Any,
) -> CodeScore:
    """Compute a score of what codes tell of factors; see `measured`."""
    chosen = estimator_of(estimator)

    def of(samples: Samples, rng: np.random.Generator) -> Found:
        return replace(compute(information(samples, chosen)), bootstrap=chosen.bootstrap)

    return measured(of, codes, factors, **options)


def _binned(samples: Samples, estimator: Estimator) -> Information:
    into_bins = equal_count if estimator.method == "quantile" else equal_width
    classes = [
        samples.classes[name]
        if name in samples.classes
        else into_bins(value[None], estimator.bins)[0]
        for name, value in samples.values.items()
    ]
    codes = into_bins(np.ascontiguousarray(samples.codes.T), estimator.bins)

    def of(columns: Any) -> np.ndarray:
        return np.array([entropy(np.bincount(one), estimator.corrected) for one in columns])

    def shared(one: np.ndarray, columns: np.ndarray, own: np.ndarray) -> np.ndarray:
        alone = entropy(np.bincount(one), estimator.corrected)
        both = entropy(joint_counts(one, columns), estimator.corrected)
        told: np.ndarray = np.maximum(np.round(alone + own - both, _DECIMALS), 0)
        return told

    of_factors, of_codes, table = of(classes), of(codes), np.stack(classes)
    between = np.diag(of_factors)
    for i, one in enumerate(classes[:-1], 1):
        between[i - 1, i:] = between[i:, i - 1] = shared(one, table[i:], of_factors[i:])
    return Information(
        tuple(samples.values),
        tuple(samples.left_out),
        np.stack([shared(one, codes, of_codes) for one in classes]),
        of_factors,
        between,
    )


def _neighbours(samples: Samples, estimator: Estimator) -> Information:
    """Return what is estimated by neighbours; of two factors that have classes, by counts."""
    names, k = tuple(samples.values), estimator.neighbours
    codes = np.ascontiguousarray(samples.codes.T)
    ordered = Ordered.of(codes)

    def told(name: str, columns: np.ndarray, ordered: Ordered) -> np.ndarray:
        if name in samples.classes:
            return with_classes(ordered, samples.classes[name], k)
        return with_numbers(columns, samples.values[name], k)

    by_counts = _binned(samples, replace(estimator, method="equal_width"))
    between = by_counts.between.copy()
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            if other not in samples.classes:
                column = samples.values[other][None]
                between[i, j] = between[j, i] = told(one, column, Ordered.of(column))[0]
    return replace(
        by_counts,
        told=np.stack([told(name, codes, ordered) for name in names]),
        entropy=between.diagonal().copy(),
        between=between,
    )
