"""Figures with words below: panels, a legend of families above, and what the reader should know."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from ...datasets.storage import atomic_files

DPI = 150
_LEGEND, _LINE = 0.4, 0.17  # inches
_LETTERS = 16  # to an inch


def captioned(width: float, height: float, words: str) -> Figure:
    """Return a figure with words below.

    Parameters
    ----------
    width, height
        The size of the panels together, in inches; words and legend come to it.
    """
    lines = [
        line for part in words.split("\n") for line in textwrap.wrap(part, int(width * _LETTERS))
    ]
    below = _LINE * (len(lines) + 1)
    whole = height + below + _LEGEND
    layout = ConstrainedLayoutEngine(rect=(0, below / whole, 1, height / whole))
    figure = Figure((width, whole), dpi=DPI, layout=layout)
    text = "\n".join(lines)
    figure.text(0.01, 0.06 / whole, text, fontsize=8.5, va="bottom", linespacing=1.3)
    return figure


def legend(figure: Figure, handles: list[Any]) -> None:
    """Draw one legend above all panels."""
    figure.legend(handles=handles, loc="upper center", ncols=len(handles), frameon=False)


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole or not at all, in a folder of results (`check_folder`)."""
    with atomic_files.atomic_write(path) as place:
        figure.savefig(place, format="png", metadata={"Software": "dsounds"})
