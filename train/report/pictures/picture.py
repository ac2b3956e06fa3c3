"""A picture of scores as a row: its name, what is said above it, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from ..figures import Palette

Results = Mapping[str, dict[str, Any]]  # contents of scores.json, by the names of models
Names = Mapping[str, tuple[str, ...]]  # of the classes of a factor, by its name


@dataclass(frozen=True)
class Picture:
    """A picture of scores.

    Parameters
    ----------
    name
        The end of the names of its files, and what a page calls it in short.
    title, lead
        The heading above it in a report, and how it is read.
    draw
        Returns figures by their captions: one for each model that has the scores, or one for all.
    """

    name: str
    title: str
    lead: str
    draw: Callable[[Results, Names, Palette], Mapping[str, Figure]]
