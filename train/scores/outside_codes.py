"""Codes and factors of others, from files of arrays: every score of codes against factors."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import DsoundsError
from ...files import open_plain
from ...settings import check_seed
from .codes.code_score import CodeScore, by_name
from .codes.samples import Kind
from .known_codes.selftest import code_scores

CODES = "codes"  # the array of codes where a file holds several
_WIDTH = 13


@dataclass(frozen=True)
class OutsideScores:
    """The numbers of scores of codes against factors, by their names.

    `corrected` has those of scores that can be computed with less bias.
    """

    scores: dict[str, CodeScore]
    corrected: dict[str, CodeScore]
    samples: int
    dimensions: int

    def table(self) -> str:
        """Return a line for each score, then one for each factor.

        A score has its number, its corrected number, its 95 % interval and its floor.
        """
        heads = ("score", "corrected", "from", "to", "floor", "95% of floor")
        lines = [
            f"{self.samples:,} samples, {self.dimensions} dimensions",
            "",
            " " * 28 + "".join(f"{head:>{_WIDTH}}" for head in heads),
        ]
        for name, found in self.scores.items():
            low, high = found.interval or (None, None)
            less = self.corrected.get(name)
            of_factors = {} if less is None else less.factors
            numbers = (
                None if less is None else less.value,
                low,
                high,
                found.floor,
                found.floor_high,
            )
            lines.append(_line(name, found.value, *numbers))
            lines += [
                _line(f"  {factor}", value, of_factors.get(factor))
                for factor, value in found.factors.items()
            ]
        left_out = {
            f"{name}, {factor}: left out, as {why}": None
            for name, found in self.scores.items()
            for factor, why in found.left_out.items()
        }
        return "\n".join([*lines, *(f"note: {text}" for text in left_out)])

    def plain(self) -> dict[str, float | None]:
        """Return flat numbers, as they stand in scores.json."""
        out: dict[str, float | None] = {}
        for name, found in self.scores.items():
            out[name] = _finite(found.value)
            out |= {f"{name}/{factor}": _finite(value) for factor, value in found.factors.items()}
        corrected = {name: _finite(found.value) for name, found in self.corrected.items()}
        return out | {f"{name}_corrected": value for name, value in corrected.items()}


def score_codes(
    codes: Any,
    factors: Any,
    *,
    kinds: dict[str, Kind] | None = None,
    groups: Any = None,
    scores: Sequence[str] = (),
    permutations: int = 20,
    bootstraps: int = 50,
    seed: int = 0,
) -> OutsideScores:
    """Compute every score of codes against factors, or those that are named.

    Parameters
    ----------
    codes, factors, kinds, groups
        See `samples_of`.
    scores
        Names of scores; all where empty.
    permutations, bootstraps, seed
        See `measured_numbers`; costly scores make fewer permutations.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored, or a name is unknown.
    """
    check_seed(seed)
    found: dict[str, CodeScore] = {}
    corrected: dict[str, CodeScore] = {}
    options = {"kinds": kinds, "groups": groups, "seed": seed, "shared": {}}
    limits = {"permutations": permutations, "bootstraps": bootstraps}
    for row in code_scores(scores):
        assert row.of_codes is not None
        found |= by_name(row.name, row.of_codes(codes, factors, **options, **limits))
        if row.corrected is not None:
            less = row.of_codes(codes, factors, **options, **row.corrected)
            corrected |= by_name(row.name, less)
    samples, dimensions = np.shape(codes)
    return OutsideScores(found, corrected, samples, dimensions)


def read_codes(path: Path) -> np.ndarray:
    """Return the codes in a .npy or .npz file, (n, dimensions).

    Raises
    ------
    DsoundsError
        If the file cannot be read, or holds several arrays none of which is named codes.
    """
    arrays = _arrays(path)
    if len(arrays) == 1:
        return next(iter(arrays.values()))
    if CODES not in arrays:
        raise DsoundsError(
            f"{path} holds {len(arrays)} arrays, {', '.join(arrays) or 'none'}: one array, or one "
            f"that is named {CODES}, is needed"
        )
    return arrays[CODES]


def read_factors(path: Path) -> dict[str, np.ndarray] | np.ndarray:
    """Return the factors in a .npz file, by name, or in a .npy file, (n, factors).

    Raises
    ------
    DsoundsError
        If the file cannot be read.
    """
    arrays = _arrays(path)
    only = next(iter(arrays.values()), None)
    if len(arrays) == 1 and only is not None and only.ndim == 2:
        return only
    return arrays


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays in a file by name; one without a name has that of the file."""
    try:
        with open_plain(path) as file:
            content = np.load(file, allow_pickle=False)
            if isinstance(content, np.ndarray):
                return {path.stem: content}
            return {name: content[name] for name in content.files}
    except OSError as error:
        raise DsoundsError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile):
        raise DsoundsError(
            f"{path} holds no arrays of numbers or texts: a .npy or .npz file of numpy.save or "
            "numpy.savez is needed; is it another format, or of Python objects?"
        ) from None


def _line(name: str, *numbers: float | None) -> str:
    cells = "".join(f"{_number(one):>{_WIDTH}}" for one in numbers)
    return f"{name:<28}{cells}".rstrip()


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _number(value: float | None) -> str:
    return "-" if value is None or not np.isfinite(value) else f"{value:.3f}"
