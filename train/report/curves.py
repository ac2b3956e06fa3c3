"""Loss curves of a report: a figure per term of metrics.csv, a line per run and part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ..models.family import Family, Term
from .figures import FIGURE_STYLE, INK, Key, css, inline_svg, series
from .runs import TrainedEntry

_MARKED_EPOCHS = 40  # with more epochs than this, a marker at each would hide the line
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Curves:
    """The content of the page on the training of runs.

    `figures` are title, hint and picture of each term; `staged` says whether there is more than one
    stage; `comparable` says whether all runs weigh and scale their losses alike; `notes` are
    sentences on what is missing or not checked.
    """

    keys: list[Key]
    figures: list[tuple[str, str, Markup]]
    staged: bool
    comparable: bool
    notes: list[str]


def loss_curves(entries: list[TrainedEntry]) -> Curves:
    """Draw every term that any of the runs has values of."""
    runs = [entry.metrics for entry in entries]
    names = ", ".join(entry.name for entry in entries)
    figures = [
        (title, term.hint, draw_term(runs, term.name, f"{title} over epochs for {names}", term.log))
        for term in _terms([entry.run.config.row for entry in entries])
        if any(row.get(f"validation_{term.name}") for rows in runs for row in rows)
        for title in (term.label[:1].upper() + term.label[1:],)
    ]
    keys = [Key(entry.name, css(series(k)[0]), series(k)[1]) for k, entry in enumerate(entries)]
    objectives = [entry.run.config.objective for entry in entries]
    alike = all(one == objectives[0] for one in objectives)
    notes = [note for entry in entries for note in entry.metrics_notes]
    return Curves(keys, figures, any(_begins(rows) for rows in runs), alike, notes)


def _terms(families: list[Family]) -> list[Term]:
    """Return the criterion, and each term of the families."""
    criteria = " or ".join(dict.fromkeys(family.criterion for family in families))
    terms = {term.name: term for family in families for term in family.terms}
    watched = Term("elbo", criteria, "what training watches; higher is better", log=False)
    return [watched, *terms.values()]


def draw_term(runs: Sequence[Rows], term: str, alt: str, log: bool) -> Markup:
    """Draw a term over epochs: validation solid, training dashed; `log`: a logarithmic axis."""
    with rc_context(FIGURE_STYLE | {"svg.hashsalt": f"curves {term}"}):
        figure = Figure(figsize=(5.4, 3.1), layout="constrained")
        axes = figure.subplots()
        drawn = np.concatenate([_draw_run(axes, rows, k, term) for k, rows in enumerate(runs)])
        if log and len(drawn) and drawn.min() > 0:
            _make_logarithmic(axes, drawn)
        _draw_boundaries(axes, runs)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        return inline_svg(figure, alt)


def _draw_run(axes: Axes, rows: Rows, k: int, term: str) -> np.ndarray:
    """Draw one run's two lines; return their values."""
    values = []
    for part, style in (("train", (0, (2, 1.5))), ("validation", "solid")):
        key = f"{part}_{term}"
        points = [(int(row["epoch"]), float(row[key])) for row in rows if row.get(key)]
        if not points:
            continue
        x, y = np.array(points).T
        few = len(rows) <= _MARKED_EPOCHS and part == "validation"
        axes.plot(
            x,
            y,
            color=series(k)[0],
            linestyle=style,
            linewidth=1.6 if part == "validation" else 1,
            marker=series(k)[1] if few else "",
            markersize=3,
        )
        values.append(y)
    return np.concatenate(values) if values else np.empty(0)


def _make_logarithmic(axes: Axes, drawn: np.ndarray) -> None:
    axes.set_yscale("log")
    axes.set_ylabel("log scale", fontsize=8)
    # Decades alone would often leave no tick at all.
    few = np.log10(drawn.max() / drawn.min()) < 2
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few else (1,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _begins(rows: Rows) -> dict[str, int]:
    """Return the first epoch of each stage but the first."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row["stage"], int(row["epoch"]))
    return dict(list(first.items())[1:])


def _draw_boundaries(axes: Axes, runs: Sequence[Rows]) -> None:
    """Draw where stages begin; in the runs' colours if they begin at different epochs."""
    begins = [_begins(rows) for rows in runs]
    staged = [one for one in begins if one]
    differ = any(one != staged[0] for one in staged)
    drawn = set()
    for k, one in enumerate(begins):
        for stage, epoch in one.items():
            colour = series(k)[0] if differ else INK
            if (stage, epoch) in drawn:
                continue
            drawn.add((stage, epoch))
            axes.axvline(epoch - 0.5, color=colour, linewidth=1, linestyle=(0, (1, 2)))
            axes.annotate(
                f"stage {stage}",
                (epoch - 0.5, 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, -1),
                textcoords="offset points",
                va="top",
                fontsize=8,
                color=colour,
            )
