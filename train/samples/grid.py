"""Sequences in rows and columns, with the codes that they were decoded from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from ...synth.features import LogMelSettings


@dataclass(frozen=True)
class Sequences:
    """Sequences side by side; a code is None where they were not decoded from it.

    x is (n, time, mel) raw log-mel, v is (n, v_dim), z is (n, time, z_dim).
    """

    x: Tensor
    v: Tensor | None = None
    z: Tensor | None = None

    def at(self, k: int) -> Sequences:
        """Return the k-th sequence alone."""
        x, v, z = (None if one is None else one[k : k + 1] for one in (self.x, self.v, self.z))
        assert x is not None
        return Sequences(x, v, z)


@dataclass(frozen=True)
class Row:
    """A row of a grid: its caption, and the sequences of its columns in one or more batches."""

    caption: str
    parts: Sequence[Sequences]


@dataclass(frozen=True)
class Grid:
    """What a model has made.

    Attributes
    ----------
    mode
        The name of the mode.
    rows, columns
        Captions.
    x
        (rows, columns, time, mel) float32 raw log-mel; NaN after the end of a shorter sequence.
    v, z
        (rows, columns, v_dim) and (rows, columns, time, z_dim) float32: the codes that were
        decoded. They are NaN for a sequence that was not decoded from codes, such as a given clip,
        and None where no sequence was.
    observed
        The number of frames that the model saw of the clips whose other frames it predicted; 0 for
        other modes.
    about
        What the grid was made from, as plain values.
    """

    mode: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    x: np.ndarray
    v: np.ndarray | None = None
    z: np.ndarray | None = None
    observed: int = 0
    about: dict[str, Any] = field(default_factory=dict)

    def write(
        self, out: Path | str, features: LogMelSettings | None = None, progress: bool = False
    ) -> Path:
        """Write sound, a picture and arrays into a new folder; see `train.samples.write`."""
        from .write import write

        return write(self, Path(out), features, progress)


def grid(rows: Sequence[Row], columns: Sequence[str], observed: int = 0) -> Grid:
    """Put rows together. The mode that they were made by is not known here."""
    parts = [row.parts for row in rows]
    x = _stacked([[(len(one.x), one.x) for one in row] for row in parts])
    v = _stacked([[(len(one.x), one.v) for one in row] for row in parts])
    z = _stacked([[(len(one.x), one.z) for one in row] for row in parts])
    assert x is not None
    assert x.shape[:2] == (len(rows), len(columns))
    return Grid("", tuple(row.caption for row in rows), tuple(columns), x, v, z, observed)


def _stacked(rows: list[list[tuple[int, Tensor | None]]]) -> np.ndarray | None:
    """Return (rows, columns, ...) of batches; NaN where one is None, or shorter than another."""
    shapes = [one.shape[1:] for row in rows for _, one in row if one is not None]
    if not shapes:
        return None
    shape = tuple(map(max, zip(*shapes, strict=True)))
    return torch.stack([torch.cat([_filled(*one, shape) for one in row]) for row in rows]).numpy()


def _filled(count: int, values: Tensor | None, shape: tuple[int, ...]) -> Tensor:
    """Return values in a batch of (count, *shape) that is NaN elsewhere."""
    out = torch.full((count, *shape), torch.nan)
    if values is not None:
        out[(slice(None), *map(slice, values.shape[1:]))] = values.float()
    return out
