"""Frozen dataclasses to TOML tables and back, with errors that name the key.

A settings class is a frozen dataclass whose fields are int, float, bool, str, Literal, tuples of
int, dict, or settings classes again, all with defaults; ranges are checked by the class itself.
"""

import tomllib
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from ..soundfonts.errors import DsoundsError, suggestion

T = TypeVar("T")


def to_table(settings: Any) -> dict[str, Any]:
    """Return nested dicts of plain values, tuples as lists, ready for TOML."""
    return {key: _plain(value) for key, value in asdict(settings).items()}


def from_table(cls: type[T], table: dict[str, Any], where: str) -> T:
    """Build `cls` from a table; `where` names the table's origin in errors.

    Raises
    ------
    DsoundsError
        For an unknown key (with a suggestion), a missing one, or a value of another type.
    """
    hints = get_type_hints(cls)
    for key in table:
        if key not in hints:
            raise DsoundsError(
                f"{where}: unknown key {key!r}{suggestion(key, hints)} (allowed: "
                f"{', '.join(hints)}); a typo, or a file from another version of dsounds"
            )
    values = {key: _value(hints[key], value, f"{where}: {key}") for key, value in table.items()}
    try:
        return cls(**values)
    except TypeError as error:
        missing = str(error).rpartition(": ")[2]
        raise DsoundsError(f"{where}: {missing} must be given") from None


def read_toml(cls: type[T], path: Path) -> T:
    """Read `cls` from a TOML file."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DsoundsError(f"{path} is not valid TOML ({error}); was it edited by hand?") from None
    return from_table(cls, table, str(path))


def differences(old: Any, new: Any) -> list[str]:
    """Return "key: old, now new" for every plain value in which two settings differ."""
    before, after = _flat(to_table(old)), _flat(to_table(new))
    return [
        f"{key}: {before.get(key)!r} there, {after.get(key)!r} now"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def require(condition: bool, message: str) -> None:
    """Raise DsoundsError with `message` unless `condition` holds."""
    if not condition:
        raise DsoundsError(message)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= (
            _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
        )
    return flat


def _value(hint: Any, value: Any, where: str) -> Any:
    """Check one value against its annotation and return it in the annotated form."""
    origin = get_origin(hint)
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(value, dict):
        return from_table(hint, value, where)
    if origin is Literal:
        return _choice(get_args(hint), value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_value(get_args(hint)[0], item, where) for item in value)
    if hint is float and type(value) is int:
        return float(value)
    kind = origin or hint
    if type(value) is not kind:  # type, not isinstance: True is no number of epochs
        name = getattr(kind, "__name__", str(kind))
        raise DsoundsError(f"{where} must be of type {name}, came {value!r}")
    return value


def _choice(allowed: tuple[str, ...], value: Any, where: str) -> Any:
    if value not in allowed:
        raise DsoundsError(
            f"{where} must be one of {', '.join(allowed)}, came {value!r}"
            f"{suggestion(str(value), allowed)}"
        )
    return value


def field_names(cls: type) -> tuple[str, ...]:
    """Return the names of a settings class's fields, in order."""
    return tuple(field.name for field in fields(cls))
