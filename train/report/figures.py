"""Figures of a report: loss curves, the plane of v, spectrograms.

Curves and planes are SVG whose colours are the page's CSS variables, so that they follow light and
dark mode; they contain no text from outside. Spectrograms are plain PNGs, a pixel per value.
"""

import io
import re
from typing import Any

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.image import imsave
from matplotlib.patches import Circle
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ...datasets.reading.picture import COLOUR_LIMITS, COLOUR_MAP
from .html import Markup, element
from .plane import Plane

# Matplotlib wants colours: these stand for CSS variables and are exchanged in the SVG.
INK, LINE = "#010100", "#010200"
SERIES = tuple(f"#0103{k:02x}" for k in range(8))
MARKERS = "os^Dv*pX"
_VARIABLES = {INK: "var(--muted)", LINE: "var(--line)"} | {
    colour: f"var(--series-{k})" for k, colour in enumerate(SERIES)
}
FIGURE_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
}
_MARKED_EPOCHS = 40  # with more epochs than this, a marker at each would hide the line


def class_colours(classes: int) -> list[str]:
    """Return a colour per class: the page's own for a few, else steps of a map in order."""
    if classes <= len(SERIES):
        return list(SERIES[:classes])
    return [to_hex(colormaps["turbo"](k)) for k in np.linspace(0.1, 0.9, classes)]


def css(colour: str) -> str:
    """Return a colour of a figure as CSS."""
    return _VARIABLES.get(colour, colour)


def curves(runs: list[list[dict[str, str]]], term: str, alt: str, log: bool) -> Markup:
    """Draw a term of metrics.csv over epochs: validation solid, training dashed."""
    with rc_context(FIGURE_STYLE | {"svg.hashsalt": f"curves {term}"}):
        figure = Figure(figsize=(5.4, 3.1), layout="constrained")
        axes = figure.subplots()
        drawn = np.concatenate([_draw_run(axes, rows, k, term) for k, rows in enumerate(runs)])
        if log and len(drawn) and drawn.min() > 0:
            axes.set_yscale("log")
            axes.set_ylabel("log scale", fontsize=8)
            # Decades alone would often leave no tick at all.
            few = np.log10(drawn.max() / drawn.min()) < 2
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        _draw_boundaries(axes, runs)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        return inline_svg(figure, alt)


def _draw_run(axes: Axes, rows: list[dict[str, str]], k: int, term: str) -> np.ndarray:
    """Draw one run's two lines; return their values."""
    values = []
    for part, style in (("train", (0, (2, 1.5))), ("validation", "solid")):
        points = [(int(r["epoch"]), float(r[key])) for r in rows if r[key := f"{part}_{term}"]]
        if not points:
            continue
        x, y = np.array(points).T
        few = len(rows) <= _MARKED_EPOCHS and part == "validation"
        axes.plot(
            x,
            y,
            color=SERIES[k % len(SERIES)],
            linestyle=style,
            linewidth=1.6 if part == "validation" else 1,
            marker=MARKERS[k % len(MARKERS)] if few else "",
            markersize=3,
        )
        values.append(y)
    return np.concatenate(values) if values else np.empty(0)


def _draw_boundaries(axes: Axes, runs: list[list[dict[str, str]]]) -> None:
    """Draw where stage 2 begins; in the runs' colours if they differ in that."""
    begins = [min((int(r["epoch"]) for r in rows if r["stage"] == "2"), default=0) for rows in runs]
    differ = len({begin for begin in begins if begin}) > 1
    for begin in sorted({begin for begin in begins if begin}):
        colour = SERIES[begins.index(begin) % len(SERIES)] if differ else INK
        axes.axvline(begin - 0.5, color=colour, linewidth=1, linestyle=(0, (1, 2)))
        axes.annotate(
            "stage 2",
            (begin - 0.5, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, -1),
            textcoords="offset points",
            va="top",
            fontsize=8,
            color=colour,
        )


def scatter(
    plane: Plane, train: np.ndarray, validation: np.ndarray, classes: int, alt: str
) -> Markup:
    """Draw v of training clips (faint) and validation clips, coloured by class.

    train, validation: class of each point of the plane.
    """
    with rc_context(FIGURE_STYLE | {"svg.hashsalt": alt}):
        figure = Figure(figsize=(3.1, 3.1), layout="constrained")
        axes = figure.subplots()
        axes.add_patch(
            Circle((0, 0), 1, fill=False, color=INK, linewidth=0.8, linestyle=(0, (3, 3)))
        )
        for k, colour in enumerate(class_colours(classes)):
            marker = MARKERS[k] if classes <= len(MARKERS) else "o"
            for points, labels, alpha, size in (
                (plane.train, train, 0.25, 7),
                (plane.validation, validation, 0.9, 12),
            ):
                x, y = points[labels == k].T
                axes.scatter(x, y, s=size, c=colour, marker=marker, alpha=alpha, linewidths=0)
        axes.set(xlim=(-plane.reach, plane.reach), ylim=(-plane.reach, plane.reach), aspect="equal")
        axes.set_xlabel(plane.labels[0])
        axes.set_ylabel(plane.labels[1])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5))
        return inline_svg(figure, alt)


def spectrogram(x: np.ndarray) -> bytes:
    """Return x: (frames, bands) as a PNG, low bands at the bottom, a pixel per value."""
    png = io.BytesIO()
    pixels = colormaps[COLOUR_MAP](Normalize(*COLOUR_LIMITS, clip=True)(x.T))
    imsave(png, pixels, origin="lower", format="png")
    return png.getvalue()


def colour_steps(steps: int = 9) -> list[str]:
    """Return the spectrograms' colours from low to high, for a scale."""
    return [to_hex(colormaps[COLOUR_MAP](k)) for k in np.linspace(0, 1, steps)]


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
    return element("svg", Markup(inside), viewBox=box[1], role="img", aria_label=alt)
