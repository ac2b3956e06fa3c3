"""What is done to command lines and commands before tyro parses them."""

from collections.abc import Callable
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import tyro

# Defaults that stand for what an option's help says; a row of values may be empty without one.
_ABSENT: tuple[Any, ...] = (None, (), "", Parameter.empty)
_METAVARS = {Path: "PATH", str: "STR", int: "INT"}


def given(arguments: list[str], option: str) -> str | None:
    """Return the value of an option, None where it is not given."""
    for one, following in zip(arguments, [*arguments[1:], ""], strict=False):
        if one == option:
            return following
        if one.startswith(f"{option}="):
            return one.partition("=")[2]
    return None


def values_of(arguments: list[str]) -> dict[str, list[str]]:
    """Return what follows each option, by its name: of --z-dim 8 16 it is 8 and 16 for z_dim."""
    found, name = dict[str, list[str]](), ""
    for one in arguments:
        if one.startswith("--"):
            option, equals, value = one.partition("=")
            name = option.removeprefix("--").replace("-", "_")
            found[name] = [value] if equals else []
        elif name:
            found[name].append(one)
    return found


def readable(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command whose help tells one default of an option: none where it is not given.

    tyro would write "(default: None)" beside what the docstring says of an option that is absent,
    and {None}|PATH for its value.
    """
    hints = get_type_hints(command, include_extras=True)
    for name, parameter in signature(command).parameters.items():
        if parameter.default in _ABSENT:
            plain = [one for one in get_args(hints[name]) if one in _METAVARS]
            metavar = _METAVARS[plain[0]] if type(None) in get_args(hints[name]) and plain else None
            shown = tyro.conf.arg(help_behavior_hint="", metavar=metavar)
            hints[name] = Annotated[hints[name], shown]
    command.__annotations__ = hints
    return command
