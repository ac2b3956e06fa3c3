"""Separated attribute predictability (SAP): the gap between the two best single dimensions.

Each dimension alone predicts each factor: an ordinal or continuous one linearly, scored by R^2,
the squared correlation; a categorical one by a linear support vector machine (C = 0.01, classes of
equal weight), scored by its accuracy on test samples. The score of a factor is the difference of
the best and the second dimension.

These are the predictors of disentanglement_lib, whose default takes all factors as categorical.
Codes keep their scale, on which the penalty C depends, as there. Of categorical factors a perfect
code has less than 1: with this penalty the middle ones of several classes along a dimension are
hardly told, and a dimension that knows nothing still guesses some samples rightly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.svm import LinearSVC

from .code_rows import row_of_codes
from .code_score import CodeScore, ComputeNumbers, Found, HeldOut, Numbers, measured
from .predictors import Told
from .samples import Factors, Samples

C = 0.01  # of disentanglement_lib


def sap(codes: Any, factors: Factors, **options: Any) -> CodeScore:
    """Return the mean gap and that of each factor; the matrix has R^2 and accuracies.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    return measured(HeldOut(_fit), codes, factors, **options)


def _fit(train: Samples, rng: np.random.Generator) -> ComputeNumbers:
    machines = {
        name: _Machines.of(_dimensions(train.codes), values)
        for name, values in train.values.items()
        if train.kinds[name] == "categorical"
    }
    told = Told(
        lambda codes: {name: one.told(_dimensions(codes)) for name, one in machines.items()}
    )

    def ask(test: Samples, rng: np.random.Generator) -> Numbers:
        codes, classes = _dimensions(test.codes), told.of(test)
        rows = {
            name: (classes[name] == values[:, None]).mean(axis=0)
            if name in machines
            else _squared_correlations(codes, values)
            for name, values in test.values.items()
        }
        gaps = {name: float(np.diff(np.sort(row)[-2:])[0]) for name, row in rows.items()}
        return {"": Found.of(gaps, np.array(list(rows.values())))}

    return ask


def _dimensions(codes: np.ndarray) -> np.ndarray:
    """Return codes with a second dimension, which knows nothing, where there is one alone."""
    return codes if codes.shape[1] > 1 else np.pad(codes, ((0, 0), (0, 1)))


@dataclass(frozen=True)
class _Machines:
    """A linear support vector machine for each dimension: value * weight + shift of each class.

    The class with the greatest of these is told. `known` are the classes; weights and shifts are
    (dimensions, classes).
    """

    known: np.ndarray
    weights: np.ndarray
    shifts: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray, values: np.ndarray) -> _Machines:
        """Fit them to codes, (n, dimensions), and the values of a factor, (n,)."""
        known, classes = np.unique(values, return_inverse=True)
        shape = codes.shape[1], len(known)
        weights, shifts = np.zeros(shape), np.zeros(shape)
        own = slice(1, None) if len(known) == 2 else slice(None)  # of two classes the second's
        for column, weight, shift in zip(codes.T, weights, shifts, strict=True):
            if len(known) > 1:
                # The primal problem has the solution of the dual one, without a random order.
                machine = LinearSVC(C=C, class_weight="balanced", dual=False)
                machine.fit(column[:, None], classes)
                weight[own], shift[own] = machine.coef_[:, 0], machine.intercept_
        return cls(known, weights, shifts)

    def told(self, codes: np.ndarray) -> np.ndarray:
        """Return the value that each dimension tells: (n, dimensions)."""
        rows = zip(codes.T, self.weights, self.shifts, strict=True)
        places = [
            (column[:, None] * weight + shift).argmax(axis=1) for column, weight, shift in rows
        ]
        told: np.ndarray = self.known[np.stack(places, axis=1)]
        return told


def _squared_correlations(codes: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the squared correlation of each dimension with values; 0 where either is constant."""
    code, value = codes - codes.mean(axis=0), values - values.mean()
    spread = np.square(code).sum(axis=0) * np.square(value).sum()
    varies = (np.ptp(codes, axis=0) > 0) & (np.ptp(values) > 0)
    squared: np.ndarray = np.square(value @ code) / np.where(varies, spread, 1.0)
    return np.where(varies, squared, 0.0)


SCORE = row_of_codes(
    "sap",
    "separated attribute predictability",
    sap,
    short="SAP",
    fits=True,
    permutations=2,
    bootstraps=20,
    hint="gap of the two dimensions that predict a factor best; below 1 for a perfect code",
    order=381,
    reference="Kumar et al. 2018, sec. 3",
    ceiling=None,
    costly=True,
)
