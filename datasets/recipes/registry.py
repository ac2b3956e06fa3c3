"""The kinds of recipes, and recipes as plain values, in TOML files and by name.

A TOML file has `kind` and the settings that differ from the kind's defaults. Named recipes are
the files beside this one.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...errors import DsoundsError, suggestion
from ...settings import NewerFile, from_table, read_table
from .base import Recipe
from .dmelodies import DMelodies
from .sinusoids import Sinusoids

KINDS: dict[str, type[Recipe]] = {"dmelodies": DMelodies, "sinusoids": Sinusoids}
FOLDER = Path(__file__).parent
_ABOUT = "about"  # what a recipe file says of itself


def kind_of(recipe: Recipe) -> str:
    """Return the name under which a recipe's class is known."""
    return next(name for name, kind in KINDS.items() if type(recipe) is kind)


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as plain values, for JSON or TOML; `from_dict` reads it."""
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(recipe).items()}
    return {"kind": kind_of(recipe), **plain}


def from_dict(plain: dict[str, Any], where: str = "the recipe", stored: bool = False) -> Recipe:
    """Return the recipe that `to_dict` described; a setting that is left out has its default.

    Parameters
    ----------
    where
        The recipe's origin, for messages.
    stored
        Whether dsounds wrote it: then what this version does not know tells of a newer one.

    Raises
    ------
    NewerFile
        If this version does not know something in a stored recipe.
    DsoundsError
        If the kind or a setting is unknown otherwise, or a value is not allowed.
    """
    settings = dict(plain)
    kind = settings.pop("kind", None)
    try:
        if kind is None:
            raise DsoundsError(f"{where}: there is no kind: {' or '.join(KINDS)} is needed")
        if str(kind) not in KINDS:
            raise DsoundsError(
                f"{where}: unknown kind of corpus {kind!r}{suggestion(str(kind), KINDS)}: "
                f"{', '.join(KINDS)} are known"
            )
        return from_table(KINDS[kind], settings, where, stored)
    except NewerFile:
        raise
    except DsoundsError as error:
        if stored:  # its checksum and its id were right
            raise NewerFile(f"it was made by a newer dsounds: {error}") from None
        raise


def names() -> tuple[str, ...]:
    """Return the names of the named recipes."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def about(name: str) -> str:
    """Return what a named recipe is for, in a line."""
    return str(read_table(FOLDER / f"{name}.toml").get(_ABOUT, ""))


def is_recipe(name: str | Path) -> bool:
    """Return whether `load_recipe` would look for a recipe of that name."""
    return str(name) in (*KINDS, *names()) or Path(name).suffix == ".toml"


def load_recipe(name: str | Path) -> Recipe:
    """Return a recipe: a named one, a kind with its defaults, or a TOML file by its path.

    Raises
    ------
    DsoundsError
        If there is none, or if its file is not a recipe.
    """
    text = str(name)
    if text in names():
        return _recipe(FOLDER / f"{text}.toml")
    if text in KINDS:
        return KINDS[text]()
    if Path(text).suffix == ".toml":
        return _recipe(Path(text))
    known = [*KINDS, *names()]
    raise DsoundsError(
        f"unknown recipe {text!r}{suggestion(text, known)}: {', '.join(known)} are known, "
        "or the path of a .toml file"
    )


def _recipe(path: Path) -> Recipe:
    plain = read_table(path)
    plain.pop(_ABOUT, None)
    return from_dict(plain, str(path))
