"""Pictures of the scores of several models, for the page of a report."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.figure import Figure

from ..figures import FIGURE_STYLE, PAGE, inline_svg
from ..runs import Entry
from .files import PICTURES
from .picture import Names, Picture

_PLANE, _HALF_PAGE = 4.5, 7.0  # inches: what is narrower can be read at a third, or half, of a page


@dataclass(frozen=True)
class PictureSection:
    """A picture in a report: what is said of it, and figures as SVG by their captions.

    `layout` is the class of what holds the figures, as wide as they need.
    """

    picture: Picture
    figures: list[tuple[str, Markup]]
    layout: str


def picture_sections(entries: list[Entry], names: Names) -> list[PictureSection]:
    """Draw each picture that any of the models has the scores for."""
    results = {entry.name: entry.result for entry in entries}
    sections = []
    for picture in PICTURES:
        with rc_context(FIGURE_STYLE):
            drawn = picture.draw(results, names, PAGE)
        alts = {caption: f"{picture.title}: {caption}" for caption in drawn}
        figures = [(caption, _svg(figure, alts[caption])) for caption, figure in drawn.items()]
        if figures:
            width = max(figure.get_figwidth() for figure in drawn.values())
            sections.append(PictureSection(picture, figures, _layout(width)))
    return sections


def _layout(inches: float) -> str:
    """Return how figures of that width stand: several in a row, two, or each alone."""
    return "planes" if inches < _PLANE else "plots" if inches < _HALF_PAGE else "plots wide"


def _svg(figure: Figure, alt: str) -> Markup:
    with rc_context(FIGURE_STYLE | {"svg.hashsalt": alt}):
        return inline_svg(figure, alt)
