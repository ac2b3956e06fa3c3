"""The kinds of recipes, and recipes as plain values, in TOML files and by name.

A TOML file has `kind` and the settings that differ from the kind's defaults. Named recipes are
the files beside this one.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from ...errors import DsoundsError, suggestion
from ...settings import read_table, require
from .base import Recipe
from .dmelodies import DMelodies
from .sinusoids import Sinusoids

KINDS: dict[str, type[Recipe]] = {"dmelodies": DMelodies, "sinusoids": Sinusoids}
FOLDER = Path(__file__).parent
_ABOUT = "about"  # what a recipe file says of itself


def kind_of(recipe: Recipe) -> str:
    """The name under which a recipe's class is known."""
    return next(name for name, kind in KINDS.items() if type(recipe) is kind)


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain values, for JSON or TOML; `from_dict` reads it."""
    plain = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(recipe).items()}
    return {"kind": kind_of(recipe), **plain}


def from_dict(plain: dict[str, Any]) -> Recipe:
    """The recipe that `to_dict` described. Raises DsoundsError for unknown kinds and settings."""
    settings = dict(plain)
    kind = settings.pop("kind", None)
    if kind is None:
        raise DsoundsError(f"there is no kind: {' or '.join(KINDS)} is needed")
    if kind not in KINDS:
        raise DsoundsError(
            f"unknown kind of corpus {kind!r}{suggestion(str(kind), KINDS)}: "
            f"{', '.join(KINDS)} are known"
        )
    known = {field.name: field for field in fields(KINDS[kind])}
    for name, value in settings.items():
        if name not in known:
            raise DsoundsError(
                f"unknown setting {name!r} of {kind}{suggestion(name, known)}: "
                f"{', '.join(known)} are known"
            )
        if isinstance(known[name].default, tuple) != isinstance(value, list | tuple):
            needed = "a list" if isinstance(known[name].default, tuple) else "a single value"
            raise DsoundsError(f"{name} is {value!r}: {needed} is needed")
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    return KINDS[kind](**given)


def names() -> tuple[str, ...]:
    """The named recipes."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def about(name: str) -> str:
    """What a named recipe is for, in a line."""
    return str(read_table(FOLDER / f"{name}.toml").get(_ABOUT, ""))


def is_recipe(name: str | Path) -> bool:
    """Whether `load_recipe` would look for a recipe of that name."""
    return str(name) in (*KINDS, *names()) or Path(name).suffix == ".toml"


def load_recipe(name: str | Path) -> Recipe:
    """A recipe: a named one, a kind with its defaults, or a TOML file by its path.

    Raises DsoundsError when there is none, or when its file is not a recipe.
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
    kind = plain.get("kind", "")
    require(isinstance(kind, str), f"{path}: kind is {kind!r}: text is needed")
    try:
        return from_dict(plain)
    except DsoundsError as error:
        raise DsoundsError(f"{path}: {error}") from None
