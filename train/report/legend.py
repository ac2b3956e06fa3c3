"""Legends of figures as HTML, so that they wrap on a narrow page and may hold any text."""

from .figures import MARKERS, class_colours, css
from .html import Markup, element

_SHAPES = {  # Matplotlib's markers in a box of 14 by 14
    "o": '<circle cx="7" cy="7" r="4.5"/>',
    "s": '<path d="M3 3h8v8H3z"/>',
    "^": '<path d="M7 2l5 9H2z"/>',
    "D": '<path d="M7 1.5L12.5 7 7 12.5 1.5 7z"/>',
    "v": '<path d="M7 12L2 3h10z"/>',
    "*": '<path d="M7 1l1.5 4.3 4.5.1-3.6 2.8 1.3 4.300L7 10l-3.7 2.5 1.3-4.300L1 5.400l4.5-.1z"/>',
    "p": '<path d="M7 1.500l5.5 4-2.1 6.500H3.600L1.5 5.500z"/>',
    "X": '<path d="M2 4l2-2 3 3 3-3 2 2-3 3 3 3-2 2-3-3-3 3-2-2 3-3z"/>',
}
MOST_KEYS = 16


def key(name: str, colour: str, marker: str) -> Markup:
    """Return one entry of a legend."""
    shape = element(
        "svg", Markup(_SHAPES[marker]), viewBox="0 0 14 14", fill=css(colour), aria_hidden="true"
    )
    return element("li", shape, name)


def class_legend(names: tuple[str, ...]) -> Markup:
    """Return a key per class; where there are too many, those that mark out the range."""
    colours = class_colours(len(names))
    markers = MARKERS if len(names) <= len(MARKERS) else MARKERS[0] * len(names)
    shown = list(zip(names, colours, markers, strict=False))
    step = -(-len(names) // MOST_KEYS)
    keys = [key(*one) for one in shown[::step]]
    if step > 1:
        keys.append(element("li", f"({len(keys)} of {len(names)} classes, in order)"))
    return element("ul", *keys, class_="legend")
