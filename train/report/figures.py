"""Common parts of the figures of a report: colours, legends, and SVG inside the page.

The colours of an SVG are the page's CSS variables, so that it follows light and dark mode. A
picture that is drawn for files as well takes its colours from a `Palette`.
"""

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

# Matplotlib wants colours: these stand for CSS variables and are exchanged in the SVG.
INK, LINE = "#010100", "#010200"
SERIES = tuple(f"#0103{k:02x}" for k in range(8))
MARKERS = "os^Dv*pX"
_VARIABLES = {INK: "var(--muted)", LINE: "var(--line)"} | {
    colour: f"var(--series-{k})" for k, colour in enumerate(SERIES)
}


@dataclass(frozen=True)
class Palette:
    """Colours of a figure: of its text, of its frame and grid, and of its series in order."""

    ink: str
    line: str
    series: tuple[str, ...]


def style(palette: Palette) -> dict[Any, Any]:
    """Return the settings of Matplotlib for figures in these colours."""
    return {
        "svg.fonttype": "none",
        "font.size": 9,
        "text.color": palette.ink,
        "axes.edgecolor": palette.line,
        "axes.labelcolor": palette.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "xtick.color": palette.ink,
        "ytick.color": palette.ink,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "ytick.minor.size": 0,
        "axes.grid": True,
        "grid.color": palette.line,
        "grid.linewidth": 0.6,
    }


PAGE = Palette(INK, LINE, SERIES)
FIGURE_STYLE = style(PAGE)


@dataclass(frozen=True)
class Key:
    """An entry of a legend: name, CSS colour, one of `MARKERS`."""

    name: str
    colour: str
    marker: str


def series(k: int) -> tuple[str, str]:
    """Return the colour and the marker of the k-th line of a figure."""
    return SERIES[k % len(SERIES)], MARKERS[k % len(MARKERS)]


def class_colours(classes: int) -> list[str]:
    """Return a colour per class: the page's own for a few, else steps of a map in order."""
    if classes <= len(SERIES):
        return list(SERIES[:classes])
    return [to_hex(colormaps["turbo"](k)) for k in np.linspace(0.1, 0.9, classes)]


def css(colour: str) -> str:
    """Return a colour of a figure as CSS."""
    return _VARIABLES.get(colour, colour)


def inline_svg(figure: Figure, alt: str) -> Markup:
    """Return a figure as inline SVG in the page's colours, without any address."""
    text = io.StringIO()
    no_metadata = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(text, format="svg", transparent=True, metadata=no_metadata)
    svg = text.getvalue()
    box = re.search(r'viewBox="([^"]*)"', svg)
    assert box is not None
    inside = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    inside = re.sub(r' id="[\w.]+_\d+"', "", inside).replace("xlink:href", "href")
    inside = re.sub(r"(\.\d\d)\d+", r"\1", inside)  # hundredths of a point are fine enough
    for colour, variable in _VARIABLES.items():
        inside = inside.replace(colour, variable)
    start = Markup('<svg viewBox="{}" role="img" aria-label="{}">').format(box[1], alt)
    return start + Markup(inside + "</svg>")
