"""Pictures of the scores of one model, as PNG files beside their scores.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib import rc_context

from ....datasets.factors.space import FactorSpace
from ....datasets.storage.own_files import save_picture
from ..figures import Palette, style
from . import leakage_matrix, prediction_curve, shared_codes
from .picture import Names

PICTURES = (leakage_matrix.PICTURE, shared_codes.PICTURE, prediction_curve.PICTURE)
# Those of the page in light mode.
PAPER = Palette(
    "#41464c",
    "#e1e3e6",
    (
        "#2b62d1",
        "#d9590b",
        "#128261",
        "#a32a86",
        "#8b7000",
        "#6b4bd0",
        "#087e92",
        "#c02650",
    ),
)
_DPI = 150


def class_names(space: FactorSpace) -> Names:
    """Return the names of the classes of each factor."""
    return {factor.name: factor.names for factor in space.factors}


def write_pictures(result: dict[str, Any], scores: Path, names: Names) -> list[Path]:
    """Write the pictures that there are numbers for, and return their paths.

    Parameters
    ----------
    result
        The content of scores.json.
    scores
        Its path: of scores.json the picture of leakage is scores-leakage.png.
    names
        The names of the classes of factors.

    Raises
    ------
    DsoundsError
        If a file cannot be written.
    """
    about = result["computed_from"]
    model = str(about.get("name", about.get("family", "model")))
    written = []
    for picture in PICTURES:
        with rc_context(style(PAPER)):
            for figure in picture.draw({model: result}, names, PAPER).values():
                path = scores.with_name(f"{scores.stem}-{picture.name}.png")
                figure.suptitle(model)
                save_picture(figure, path, dpi=_DPI, facecolor="white")
                written.append(path)
    return written
