"""Draws of samples that share the class of a factor, for scores that intervene on a factor.

A published score asks the generator for new clips with the same class; here they are drawn from
the samples that there are. A class that lies in fewer than two groups (without groups: that fewer
than two samples have) is never drawn, since its pairs would be of a sample with itself.
"""

from __future__ import annotations

import numpy as np


class SharedValues:
    """Samples by their class of one factor.

    Parameters
    ----------
    classes
        (n,) integers or numbers.
    groups
        (n,), see `Samples`; None where each sample stands alone.
    """

    def __init__(self, classes: np.ndarray, groups: np.ndarray | None) -> None:
        n = len(classes)
        _, first, inverse = np.unique(classes, return_index=True, return_inverse=True)
        classes = first[inverse]  # by their first samples, so that their names draw nothing
        own = np.arange(n) if groups is None else groups
        self._order = np.lexsort((own, classes))
        self._place = np.empty(n, np.int64)
        self._place[self._order] = np.arange(n)
        self._class = _blocks(classes[self._order][:, None])
        self._group = _blocks(np.stack([classes[self._order], own[self._order]], axis=1))
        larger = np.diff(self._class, axis=1)[:, 0] > np.diff(self._group, axis=1)[:, 0]
        self._usable = np.flatnonzero(larger)  # places whose class has another group

    @property
    def usable(self) -> bool:
        """Whether there is a class that can be drawn."""
        return len(self._usable) > 0

    def pairs(self, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return pairs of samples, (count,) each, of one class but not of one group.

        The first is any sample, so classes are drawn as often as they are there.
        """
        first = rng.choice(self._usable, count)
        start, stop = self._class[first].T
        group_start, group_stop = self._group[first].T
        size = group_stop - group_start
        second = start + rng.integers(0, stop - start - size)
        second += np.where(second >= group_start, size, 0)
        return self._order[first], self._order[second]

    def batches(self, count: int, size: int, rng: np.random.Generator) -> np.ndarray:
        """Return (count, size) samples, those of a row of one class, drawn with replacement."""
        start, stop = self._class[rng.choice(self._usable, count)].T[:, :, None]
        return self._order[rng.integers(start, stop, (count, size))]


def _blocks(rows: np.ndarray) -> np.ndarray:
    """Return for each row the first place of the rows that are equal to it, and the one after them.

    Equal rows of (n, k) lie side by side.
    """
    new = np.append(True, (rows[1:] != rows[:-1]).any(axis=1))
    starts = np.flatnonzero(new)
    block = np.cumsum(new) - 1
    ends = np.append(starts[1:], len(rows))
    return np.stack([starts[block], ends[block]], axis=1)
