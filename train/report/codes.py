"""The part of a report that shows v: a row of planes per static factor, a plane per run."""

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from matplotlib.ticker import MaxNLocator

from ..fitting.run_data import RunData
from ..scores.data.corpus_parts import clips_of
from .figures import FIGURE_STYLE, INK, MARKERS, Key, class_colours, css, inline_svg
from .plane import Plane, plane
from .runs import TrainedEntry

MOST_POINTS = 2000  # points drawn of a part: more only make the file larger
MOST_KEYS = 16


@dataclass(frozen=True)
class FactorPlanes:
    """A static factor: its legend, and a name, the spread of v and a picture for each run."""

    factor: str
    keys: list[Key]
    note: str
    panels: list[tuple[str, str, Markup]]


def code_planes(entries: list[TrainedEntry], data: RunData, seed: int) -> list[FactorPlanes]:
    """Draw v of every run, coloured by each static factor that varies."""
    rng = np.random.default_rng(seed)
    parts = [np.sort(rng.permutation(rows)[:MOST_POINTS]) for rows in (data.train, data.scored)]
    x = [data.x[rows] for rows in parts]
    planes = [plane(entry.run.model, *x) for entry in entries]
    train, scored = (clips_of(data, rows).labels for rows in parts)
    out = []
    for name in scored:
        names = data.corpus.space.factor(name).names
        panels = []
        for entry, laid in zip(entries, planes, strict=True):
            if laid is None:
                panels.append((entry.name, "no global code", Markup()))
                continue
            alt = f"v of {entry.name} in two dimensions, coloured by {name}"
            picture = scatter(laid, train[name], scored[name], len(names), alt)
            panels.append((entry.name, _spread(laid), picture))
        out.append(FactorPlanes(name, *class_keys(names), panels))
    return out


def _spread(laid: Plane) -> str:
    return f"total variance of v: {laid.variance:.2g} (N(0, 1): {laid.dimensions})"


def class_keys(names: tuple[str, ...]) -> tuple[list[Key], str]:
    """Return a key per class, or some in order and a note where there are too many."""
    colours = class_colours(len(names))
    markers = MARKERS if len(names) <= len(MARKERS) else MARKERS[0] * len(names)
    keys = [Key(n, css(c), m) for n, c, m in zip(names, colours, markers, strict=False)]
    shown = keys[:: -(-len(names) // MOST_KEYS)]
    few = len(shown) == len(keys)
    return shown, "" if few else f"({len(shown)} of {len(names)} classes, in order)"


def scatter(
    plane: Plane, train: np.ndarray, validation: np.ndarray, classes: int, alt: str
) -> Markup:
    """Draw v of training clips (faint) and validation clips, coloured by class.

    `train` and `validation` are the classes of the points of the plane.
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
