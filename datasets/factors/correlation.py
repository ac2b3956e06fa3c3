"""Dependence of two factors of a corpus: clips for each pair of classes, and entropies.

The design mixes independence with the closest dependence that leaves both factors uniform. On
the unit interval class i of A covers [i/A, (i + 1)/A] and class j of B covers [j/B, (j + 1)/B];
o_ij is the length of what they share (the comonotone coupling, mirrored for a negative rho), and
P_ij = (1 - |rho|) / (A B) + |rho| o_ij. With A = B the correlation of the class numbers is rho.

Counts are a controlled rounding of n P (Bacharach 1966; Cox 1987): every cell, every sum of a row
and every sum of a column is n P rounded up or down. The arithmetic is in integers, so no count
depends on the machine. Entropies are in nats.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ...errors import DsoundsError
from .space import integers


@dataclass(frozen=True)
class Entropies:
    """Entropies of two factors a and b in nats.

    DMIG divides by H(a given b) (Watcharasupat and Lerch 2021, eq. 6).
    """

    a: float
    b: float
    joint: float
    a_given_b: float
    b_given_a: float
    information: float
    """I(a; b), the mutual information"""


def entropies(counts: Any) -> Entropies:
    """Return the entropies of the distribution that a table of counts, (A, B) integers, is.

    They are plug-in values, so exact for the corpus itself (no estimate for where it came from). A
    table that is not (A, B), has a negative count, or no clip at all, raises DsoundsError.
    """
    counts = integers(counts, "counts")
    if counts.ndim != 2 or (counts < 0).any() or not counts.any():
        raise DsoundsError(
            f"counts must be a table (A, B) of 0 or more clips, at least one in all: "
            f"got {counts.shape} with the sum {counts.sum()}"
        )
    i, j = np.nonzero(counts)
    cell, total = counts[i, j], counts.sum()
    row, column = counts.sum(1)[i], counts.sum(0)[j]

    def mean_log(ratio: np.ndarray) -> float:  # 0 and not -1e-17 where nothing is left to know
        return max(0.0, float(cell / total @ np.log(ratio)))

    return Entropies(
        a=mean_log(total / row),
        b=mean_log(total / column),
        joint=mean_log(total / cell),
        a_given_b=mean_log(column / cell),
        b_given_a=mean_log(row / cell),
        information=mean_log((total * cell) / (row * column)),
    )


def joint_counts(sizes: tuple[int, int], rho: float, count: int) -> np.ndarray:
    """Return clips for each pair of classes of two factors: (A, B) int64 with sum `count`.

    Each cell is less than 1 away from the design, and so are the sums of rows (n / A) and columns
    (n / B).

    Parameters
    ----------
    sizes
        A and B, the number of classes of each.
    rho
        -1 to 1, the strength of the dependence.
    count
        The number of clips.

    Raises
    ------
    DsoundsError
        If `rho` or `count` is out of range.
    """
    if not -1 <= rho <= 1:
        raise DsoundsError(f"rho is {rho}: -1 to 1 is needed (0 makes the factors independent)")
    if count < 0 or min(sizes) < 1:
        raise DsoundsError(f"{count} clips for {sizes} classes: 0 or more for 1 or more are needed")
    # The decimal number as it was written: 0.9 of 1,000 clips are 900, not 900 and a fraction.
    weight = Fraction(str(rho)).limit_denominator(10**9)
    strength, whole = abs(weight.numerator), weight.denominator
    shared = _overlap(*sizes)[:, :: -1 if rho < 0 else 1].astype(object)
    unit = whole * sizes[0] * sizes[1]
    share = int(count) * (whole - strength + strength * shared)  # n P in units of 1 / unit
    return (share // unit).astype(np.int64) + _rounded_up(share % unit, unit)


def _overlap(a: int, b: int) -> np.ndarray:
    """Return the share of [i/A, (i + 1)/A] and [j/B, (j + 1)/B] in units of 1 / (A B): (A, B)."""
    i, j = np.arange(a)[:, None], np.arange(b)
    return (np.minimum((i + 1) * b, (j + 1) * a) - np.maximum(i * b, j * a)).clip(min=0)


def _rounded_up(part: np.ndarray, unit: int) -> np.ndarray:
    """Return the cells to round up so that all sums of the table are rounded up or down, too.

    `part` is (A, B) Python integers, the fractions of cells in units of 1 / `unit`; their sum is
    whole. Returned is (A, B) int64 of 0 and 1.

    A further row and column make all sums whole. Then every row and column that has a fraction has
    two, so a walk over fractions closes into a cycle, along which they are raised and lowered in
    turn until one of them is whole. Which way is drawn so that each cell is right on average
    (dependent rounding, Gandhi et al. 2006): the larger fractions must not always win.
    """
    table = np.zeros(np.add(part.shape, 1), object)
    table[:-1, :-1] = part
    table[-1, :-1], table[:-1, -1] = -part.sum(0) % unit, -part.sum(1) % unit
    values = table.tolist()
    beside: dict[int, dict[int, None]] = {}  # node n >= 0 is a row, ~n a column; in order
    for row, column in np.argwhere(table).tolist():
        beside.setdefault(row, {})[~column] = None
        beside.setdefault(~column, {})[row] = None
    rng = np.random.default_rng(0)

    def cancel(cells: list[tuple[int, int]]) -> None:
        even, odd = cells[::2], cells[1::2]
        up = min(*(unit - values[r][c] for r, c in even), *(values[r][c] for r, c in odd))
        down = min(*(values[r][c] for r, c in even), *(unit - values[r][c] for r, c in odd))
        step = up if rng.random() * (up + down) < down else -down
        for k, (r, c) in enumerate(cells):
            values[r][c] += -step if k % 2 else step
            if values[r][c] in (0, unit):
                del beside[r][~c], beside[~c][r]

    for start in list(beside):
        path, place = [start], {start: 0}
        while beside[path[-1]]:
            before = path[-2] if len(path) > 1 else None
            node = next(n for n in beside[path[-1]] if n != before)
            if node not in place:
                place[node] = len(path)
                path.append(node)
                continue
            ring = path[place[node] :]
            cancel([(max(n, m), ~min(n, m)) for n, m in zip(ring, [*ring[1:], node], strict=True)])
            for left in ring[1:]:
                del place[left]
            del path[place[node] + 1 :]
    return (np.array(values, object)[:-1, :-1] // unit).astype(np.int64)
