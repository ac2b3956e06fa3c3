"""Settings: frozen dataclasses whose types and ranges pydantic checks, to TOML tables and back.

    @settings
    class Sizes:
        z_dim: Annotated[int, Field(ge=1)] = 16
        # size of the local code

Types are strict: "false" is no bool, 1 is no text, and True is no number; an integer will do for a
float. What is wrong raises one DsoundsError that names the setting. Such a class is the Python
API, the layout of a TOML table (lists for tuples, tables for settings within settings) and, by
tyro, the options of a command.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import (
    Annotated,
    Any,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import ConfigDict, ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic.dataclasses import dataclass as checked_dataclass
from pydantic_core import ErrorDetails

from .errors import DsoundsError, suggestion
from .files import open_plain

T = TypeVar("T")
MOST = 2**63 - 1  # the largest integer, as in TOML and NumPy
_MOST_DIGITS = 18
_MOST_BYTES = 2**24  # of a TOML file, which takes long to read
_MOST_CHARACTERS = 400
_NEEDED = {
    "int_type": "an integer is needed",
    "int_from_float": "an integer is needed",
    "float_type": "a number is needed",
    "finite_number": "a finite number is needed",
    "bool_type": "true or false is needed",
    "string_type": "text is needed",
    "tuple_type": "a list is needed",
    "dict_type": "a table is needed",
    "dataclass_type": "a table is needed",
    "dataclass_exact_type": "a table is needed",
    "greater_than_equal": "{ge} or more is needed",
    "greater_than": "more than {gt} is needed",
    "less_than_equal": "{le} or less is needed",
    "less_than": "less than {lt} is needed",
    "literal_error": "{expected} is needed",
    "too_short": "{min_length} or more are needed",
}


def _as_given(value: Any, check: ValidatorFunctionWrapHandler) -> Any:
    check(value)
    return value


Number = Annotated[float, WrapValidator(_as_given)]
"""A float of a setting in which an integer stays one, so that what is written of it does, too."""


class NewerFile(DsoundsError):
    """A file with keys that this version does not know."""


def unknown_keys(where: str, foreign: list[str], known: Iterable[str]) -> NewerFile:
    """Return the error for keys of a file that dsounds wrote; where: the file, or a part of it."""
    return NewerFile(
        f"{where} was made by a newer dsounds, or edited by hand: this version does not know "
        f"{foreign}{suggestion(foreign[0], known)}"
    )


@dataclass_transform(frozen_default=True)
def settings(cls: type[T]) -> type[T]:
    """Make a class a frozen dataclass with checked types; a wrong value raises DsoundsError."""
    config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    made: Any = checked_dataclass(frozen=True, config=config)(cls)
    build = made.__init__

    @wraps(build)
    def checked(self: Any, *values: Any, **named: Any) -> None:
        for name, value in {**dict(zip(field_names(made), values, strict=False)), **named}.items():
            check_plain(name, value)
        try:
            build(self, *values, **named)
        except ValidationError as error:
            raise DsoundsError(_line(made, error)) from None

    made.__init__ = checked
    return made


def check_plain(name: str, value: Any) -> None:
    """Raise DsoundsError for what no setting or option may be, in lists and tables, too.

    That is an integer of more than 64 bits, and text, or a path, with a null byte.
    """
    if isinstance(value, int) and abs(value) > MOST:
        raise DsoundsError(f"{name} is {shortly(value)}: integers up to {MOST:,} are allowed")
    if isinstance(value, str | Path) and "\0" in str(value):
        raise DsoundsError(f"{name} is {shortly(str(value))}: it has a null byte")
    if isinstance(value, dict):
        for key, one in value.items():
            check_plain(f"{name}.{key}", one)
    elif isinstance(value, list | tuple):
        for one in value:
            check_plain(name, one)


def check_seed(seed: int) -> None:
    """Raise DsoundsError unless a seed is one that every generator of random numbers takes."""
    require(0 <= seed <= MOST, f"seed is {shortly(seed)}: 0 to {MOST:,} is needed")


def whole_number(text: str) -> int:
    """Return the integer of a text of decimal digits; of very many, one beyond every count."""
    digits = text.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MOST_DIGITS else MOST


def shortly(value: Any) -> str:
    """Return a value as Python writes it, in a few words where that would be long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, lists within lists
        return f"a very large {type(value).__name__}"
    half = _MOST_CHARACTERS // 2
    return text if len(text) <= 2 * half else f"{text[:half]}...{text[-half:]}"


def _line(cls: type, error: ValidationError) -> str:
    """Return what pydantic found, as one line: the setting, what it got, what is allowed."""
    return "; ".join(_fault(cls, one) for one in error.errors()[:3])


def _fault(cls: type, one: ErrorDetails) -> str:
    first, *inner = one["loc"]
    name = field_names(cls)[first] if type(first) is int else str(first)  # int: given by position
    name += "".join(f"[{part}]" if type(part) is int else f".{part}" for part in inner)
    if one["type"] == "unexpected_keyword_argument":
        return _unknown([name], field_names(cls))
    if one["type"] == "missing":
        return f"{name} must be given"
    needed = _NEEDED.get(one["type"], one["msg"]).format(**one.get("ctx", {}))
    got = one["input"]
    if one["type"] == "tuple_type" and type(got) is list:
        needed = "a tuple is needed"
    close = suggestion(got, _quoted(needed)) if isinstance(got, str) else ""
    return f"{name} is {shortly(got)}{close}: {needed}"


def _quoted(text: str) -> list[str]:
    return text.split("'")[1::2]


def _unknown(names: Iterable[str], known: Iterable[str]) -> str:
    names, known = list(names), list(known)
    allowed = ", ".join(known) or "none"
    return f"unknown setting {names[0]!r}{suggestion(names[0], known)} ({allowed} are known)"


def to_table(value: Any) -> dict[str, Any]:
    """Return settings as nested dicts of plain values, tuples as lists, ready for TOML."""
    return {key: _plain(one) for key, one in asdict(value).items()}


def from_table(cls: type[T], table: dict[str, Any], where: str, stored: bool = False) -> T:
    """Build settings from a table.

    Parameters
    ----------
    where
        The table's origin, for messages.
    stored
        Whether dsounds wrote the table: then an unknown key tells of a newer version.

    Raises
    ------
    NewerFile
        If a stored table has an unknown key.
    DsoundsError
        If another table has one, or a value has another type or is out of range.
    """
    require(isinstance(table, dict), f"{where} is {shortly(table)}: a table is needed")
    hints = get_type_hints(cls)
    known = field_names(cls)
    foreign = [key for key in table if key not in known]
    if foreign and stored:
        raise unknown_keys(where, foreign, known)
    if foreign:
        raise DsoundsError(f"{where}: {_unknown(foreign, known)}")
    values = {
        key: _loaded(hints[key], one, f"{where}: {key}", stored) for key, one in table.items()
    }
    try:
        return cls(**values)
    except NewerFile:
        raise
    except DsoundsError as error:
        raise DsoundsError(f"{where}: {error}") from None


def _loaded(hint: Any, value: Any, where: str, stored: bool) -> Any:
    """Return a value as settings have it: tuples for lists, settings for tables."""
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return from_table(hint, value, where, stored)
    return (
        tuple(_loaded(None, one, where, stored) for one in value) if type(value) is list else value
    )


def read_table(path: Path) -> dict[str, Any]:
    """Read a TOML file. One that cannot be read or is no TOML raises DsoundsError."""
    try:
        with open_plain(path, _MOST_BYTES) as file:
            return tomllib.load(file)
    except OSError as error:
        raise DsoundsError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DsoundsError(f"{path} is not valid TOML ({error}): was it edited by hand?") from None


def differences(old: Any, new: Any) -> list[str]:
    """Return "key: old there, new now" for every plain value in which two settings differ."""
    before, after = _flat(to_table(old)), _flat(to_table(new))
    return [
        f"{key}: {before.get(key)!r} there, {after.get(key)!r} now"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def flags(given: Any, start: Any, prefix: str = "") -> list[str]:
    """Return the options of a command for each setting in which `given` differs from `start`."""
    out: list[str] = []
    for name in field_names(type(given)):
        value = getattr(given, name)
        if value != getattr(start, name):
            values = value if isinstance(value, tuple) else (value,)
            out += [f"--{prefix}{name.replace('_', '-')}", *map(str, values)]
    return out


def require(condition: bool, message: str) -> None:
    """Raise DsoundsError with `message` unless `condition` holds."""
    if not condition:
        raise DsoundsError(message)


def named_values(texts: Iterable[str], what: str, form: str, example: str) -> dict[str, str]:
    """Return values by name from texts NAME=VALUE, as a command line has them.

    Parameters
    ----------
    texts
        The texts.
    what, form, example
        What a text is called, how it is written, and one that is right, for the message.

    Raises
    ------
    DsoundsError
        If a text is not of that form.
    """
    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        require(bool(name and value), f"{what} {text!r}: {form} is needed, as {example}")
        found[name] = value
    return found


def field_names(cls: Any) -> tuple[str, ...]:
    """Return the names of the fields of settings, in order."""
    return tuple(field.name for field in fields(cls))


def annotated(cls: type, kind: type[T]) -> dict[str, T]:
    """Return what of a class the annotations of settings hold, by the names of the settings."""
    hints = get_type_hints(cls, include_extras=True)
    return {
        name: mark
        for name in field_names(cls)
        if get_origin(hints[name]) is Annotated
        for mark in get_args(hints[name])[1:]
        if isinstance(mark, kind)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        inner = isinstance(value, dict)
        flat |= _flat(value, f"{prefix}{key}.") if inner else {prefix + key: value}
    return flat
