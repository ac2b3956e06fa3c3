"""What each score of codes gives for codes of known quality, for one's own number of samples.

The scale of a score depends on the number of samples, dimensions and factors. A reader of "MIG is
0.3" needs what a perfect code gets there, and noise, and how far these figures spread.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm import tqdm

from ....settings import check_seed, require, shortly
from ..codes.code_score import by_name
from ..codes.samples import Kind
from ..registry import ALL, chosen, rows_in_order
from ..row import Score
from .constructions import CONSTRUCTIONS, codes_of, draw_factors

_WIDTH = 16
_MOST_NUMBERS = 100_000_000
_MOST_REPEATS = 10_000


@dataclass(frozen=True)
class SelfTest:
    """The scores of known codes.

    Attributes
    ----------
    values
        Of each number of a score and each construction, by name, the values of the repeats,
        (repeats,); nan where there is none. "NAME_corrected" has those of the score with less bias.
    samples, dimensions, sizes
        The number of samples and dimensions, and the classes of each factor.
    """

    values: dict[str, dict[str, np.ndarray]]
    samples: int
    dimensions: int
    sizes: tuple[int, ...]

    def table(self) -> str:
        """Return a line for each score and a column for each kind of codes, mean and deviation."""
        made = list(next(iter(self.values.values())))
        lines = [
            f"{self.samples:,} samples, {self.dimensions} dimensions, "
            f"factors of {', '.join(map(str, self.sizes))} classes",
            "",
            " " * 24 + "".join(f"{name:>{_WIDTH}}" for name in made),
        ]
        for score, row in self.values.items():
            lines.append(f"{score:<24}" + "".join(f"{_cell(row[name]):>{_WIDTH}}" for name in made))
        kinds = [f"{name}: {CONSTRUCTIONS[name].summary}" for name in made]
        return "\n".join([*lines, "", *kinds])


def code_scores(names: Sequence[str] = ()) -> list[Score]:
    """Return the rows of scores of codes against factors, all of them where no name is given.

    Raises
    ------
    DsoundsError
        If a name is not that of such a score.
    """
    return chosen([row for row in rows_in_order() if row.of_codes is not None], names or (ALL,))


def selftest(
    samples: int = 1000,
    dimensions: int = 16,
    sizes: tuple[int, ...] = (2, 3, 4, 5),
    kind: Kind = "ordinal",
    scores: Sequence[str] = (),
    repeats: int = 3,
    seed: int = 0,
    progress: bool = False,
) -> SelfTest:
    """Score codes of known quality.

    Parameters
    ----------
    samples, dimensions
        The shape of the codes.
    sizes
        The number of classes of each factor.
    kind
        What the factors are.
    scores
        The names of the scores; all scores of codes where empty.
    repeats
        How often codes are drawn, each time with other factors.
    seed
        Draws them.
    progress
        Whether to show a bar.

    Raises
    ------
    DsoundsError
        If there are too few samples or dimensions.
    """
    check_seed(seed)
    _check_sizes(samples, dimensions, len(sizes), repeats)
    made = [name for name, one in CONSTRUCTIONS.items() if dimensions >= one.least(len(sizes))]
    rows = code_scores(scores)
    values: dict[str, dict[str, np.ndarray]] = {}
    bar = tqdm(
        total=repeats * len(made) * len(rows), unit="score", disable=None if progress else True
    )
    with bar:
        for repeat in range(repeats):
            rng = np.random.default_rng([seed, repeat])
            factors = draw_factors(samples, sizes, rng)
            for name in made:
                codes = codes_of(name, factors, dimensions, rng)
                shared: dict[Any, Any] = {}
                for row in rows:
                    options = {"seed": repeat, "shared": shared}
                    for key, value in _values(row, codes, factors, kind, **options).items():
                        if key not in values:
                            values[key] = {one: np.full(repeats, np.nan) for one in made}
                        values[key][name][repeat] = value
                    bar.update()
    return SelfTest(values, samples, dimensions, sizes)


def _check_sizes(samples: int, dimensions: int, factors: int, repeats: int) -> None:
    require(
        1 <= repeats <= _MOST_REPEATS,
        f"repeats is {shortly(repeats)}: 1 to {_MOST_REPEATS:,} is needed",
    )
    require(
        samples * dimensions <= _MOST_NUMBERS,
        f"{samples:,} codes of {dimensions:,} dimensions: up to {_MOST_NUMBERS:,} numbers are "
        "allowed",
    )
    require(
        dimensions >= factors,
        f"{dimensions} dimensions are too few for {factors} factors: a perfect code has one for "
        "each",
    )


def _values(
    row: Score, codes: np.ndarray, factors: dict[str, np.ndarray], kind: Kind, **options: Any
) -> dict[str, float]:
    assert row.of_codes is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a collapsed code has nothing to divide by
        kinds = dict.fromkeys(factors, kind)
        found = by_name(row.name, row.of_codes(codes, factors, kinds=kinds, **options))
        values = {key: one.value for key, one in found.items()}
        if row.corrected is not None:
            less = row.of_codes(codes, factors, kinds=kinds, **options, **row.corrected)
            own = by_name(row.name, less)
            values |= {f"{key}_corrected": one.value for key, one in own.items()}
    return values


def _cell(values: np.ndarray) -> str:
    there = values[np.isfinite(values)]
    return f"{there.mean():.3f} ± {there.std():.3f}" if len(there) else "-"
