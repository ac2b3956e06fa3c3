"""The part of a report that shows v: a row of planes per static factor, a plane per run."""

import numpy as np

from ..fitting.run_data import RunData
from ..scores.evaluation_data import clips_of
from .figures import scatter
from .html import Markup, element, section
from .legend import class_legend
from .plane import Plane, plane
from .runs import Entry
from .words import plain

MOST_POINTS = 2000  # of a part: more only make the file larger


def codes_section(entries: list[Entry], material: RunData, seed: int) -> Markup:
    """Return the section."""
    rng = np.random.default_rng(seed)
    parts = [
        np.sort(rng.permutation(rows)[:MOST_POINTS]) for rows in (material.train, material.scored)
    ]
    x = [material.x[rows] for rows in parts]
    planes = [plane(entry.run.model, *x) for entry in entries]
    labels = [clips_of(material, rows).labels for rows in parts]
    return section(
        "codes",
        "The global code v",
        "Posterior means of v, a point per clip: validation clips (strong) and training clips "
        "(faint). "
        "Both axes of a panel have one scale, and the dashed circle is one standard deviation of "
        "N(0, 1), the same v in every panel: a collapsed v is a dot within it.",
        *(_factor(name, entries, material, planes, labels) for name in labels[1]),
        "" if labels[1] else element("p", "No static factor varies, so there is no class to show."),
    )


def _factor(
    name: str,
    entries: list[Entry],
    material: RunData,
    planes: list[Plane],
    labels: list[dict[str, np.ndarray]],
) -> Markup:
    """Return a factor's legend and its panels; labels: of training and validation clips."""
    names = material.corpus.space.factor(name).names
    train, validation = (part[name] for part in labels)
    panels = []
    for entry, laid in zip(entries, planes, strict=True):
        alt = f"v of {entry.name} in two dimensions, coloured by {name}"
        title = element("span", entry.name, class_="title")
        panels.append(
            element(
                "figure",
                element("figcaption", title, _spread(entry, laid)),
                scatter(laid, train, validation, len(names), alt),
                class_="card",
            )
        )
    heading = element("h3", plain(name).capitalize())
    return element("div", heading, class_legend(names), element("div", *panels, class_="planes"))


def _spread(entry: Entry, laid: Plane) -> str:
    return f"total variance of v: {laid.variance:.2g} (N(0, 1): {entry.run.config.model.v_dim})"
