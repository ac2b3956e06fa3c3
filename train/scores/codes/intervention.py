"""Scores that guess which factor a few samples share: the beta-VAE and the FactorVAE score.

A point is made of samples that share the class of one factor, drawn at random. A classifier that
was fitted to points of the training part tells from points of the test part which factor it was;
each factor is asked for equally often. With one factor there is nothing to guess, so the score has
no value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....settings import require
from .code_score import ComputeNumbers, Found, HeldOut, Numbers
from .samples import Samples
from .shared_values import SharedValues

POINTS = 10_000  # for training, half as many for the test, as in disentanglement_lib
LEAST = 1_000  # points; no more than there are samples otherwise, as they tell little new
TOGETHER = 500  # points that are drawn at a time

ALONE = "no other factor can be drawn, and the only one is always guessed"
UNSHARED = "fewer than two samples share a class of it"

Draw = Callable[[np.ndarray, SharedValues, int, np.random.Generator], np.ndarray]
Guess = Callable[[np.ndarray], np.ndarray]
Fit = Callable[[np.ndarray, np.ndarray, np.ndarray], Guess]


def intervention(draw: Draw, fit: Fit, points: int) -> HeldOut:
    """Return the score whose value is the share of test points that are guessed rightly.

    Parameters
    ----------
    draw
        From codes, the samples by their class of a factor, a number of points and a generator to
        points, (count, dimensions).
    fit
        From training codes, training points and the number of the factor of each, (count,), to a
        function that guesses these numbers for other points.
    points
        Most training points; half as many are asked.
    """
    require(points >= 2, f"points is {points}: at least 2 are needed")

    def fitted(train: Samples, rng: np.random.Generator) -> ComputeNumbers:
        drawn = _drawn(train, draw, points, rng)
        names = list(drawn)
        which = np.repeat(np.arange(len(names)), [len(one) for one in drawn.values()])
        guess = fit(train.codes, np.concatenate(list(drawn.values())), which) if names[1:] else None

        def ask(test: Samples, rng: np.random.Generator) -> Numbers:
            asked = _drawn(test, draw, points // 2, rng)
            there = [name for name in test.classes if name in drawn and name in asked]
            left_out = {name: UNSHARED for name in test.classes if name not in there}
            if guess is None or len(there) < 2:
                return {"": Found.of({}, left_out=left_out | dict.fromkeys(there, ALONE))}
            right = {
                name: float((guess(asked[name]) == names.index(name)).mean()) for name in there
            }
            return {"": Found.of(right, left_out=left_out)}

        return ask

    return HeldOut(fitted)


def _drawn(
    samples: Samples, draw: Draw, points: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return points of each factor that can be drawn, as many of one as of another.

    Factors are in the order of their names, so that another order draws the same.
    """
    shared = {
        name: SharedValues(samples.classes[name], samples.groups)
        for name in sorted(samples.classes)
    }
    usable = {name: one for name, one in shared.items() if one.usable}
    each = max(1, min(points, max(LEAST, len(samples))) // max(1, len(usable)))
    sizes = [min(TOGETHER, each - start) for start in range(0, each, TOGETHER)]
    return {
        name: np.concatenate([draw(samples.codes, one, size, rng) for size in sizes])
        for name, one in usable.items()
    }
