"""Rows that are found by their files: to add one is to add a module, and no list elsewhere.

A registry is a package whose modules, or those of its sub-packages, each hold a row in one
constant, such as `SCORE` or `FAMILY`. A row is named as its file, whatever the folder, with "-" for
"_", and summed up by the first line of its module's docstring: both are known without importing the
module, which may need torch. A row of one's own is named as `package.module:CONSTANT`.
"""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Generic, TypeVar

from .errors import DsoundsError, suggestion

Row = TypeVar("Row")


class Registry(Generic[Row]):
    """The rows of a package.

    Parameters
    ----------
    package
        The dotted name of the package.
    constant
        The name of the constant that holds a module's row.
    kind
        The class of the rows.
    what
        What a row is, in words, for messages.
    """

    def __init__(self, package: str, constant: str, kind: type[Row], what: str) -> None:
        self.package, self.constant, self.kind, self.what = package, constant, kind, what

    @cached_property
    def _files(self) -> dict[str, Path]:
        holds = re.compile(rf"^{self.constant}\b", re.MULTILINE)
        found: dict[str, Path] = {}
        for path in sorted(self._folder.rglob("*.py"), key=lambda path: path.stem):
            if holds.search(path.read_text(encoding="utf-8")):
                name = path.stem.replace("_", "-")
                assert name not in found, f"{path} and {found[name]} have one name"
                found[name] = path
        return found

    @cached_property
    def _modules(self) -> dict[str, str]:
        inside = {name: path.relative_to(self._folder) for name, path in self._files.items()}
        return {
            name: ".".join((self.package, *path.with_suffix("").parts))
            for name, path in inside.items()
        }

    @cached_property
    def _folder(self) -> Path:
        spec = find_spec(self.package)
        assert spec is not None
        assert spec.submodule_search_locations
        return Path(spec.submodule_search_locations[0])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the rows, in alphabetical order."""
        return tuple(self._files)

    def summary(self, name: str) -> str:
        """Return the first line of a row's module, without its full stop."""
        tree = ast.parse(self._files[name].read_text(encoding="utf-8"))
        return (ast.get_docstring(tree) or "").partition("\n")[0].removesuffix(".")

    def load(self, name: str) -> Row:
        """Return a row by its name, or by `package.module:CONSTANT`.

        Raises
        ------
        DsoundsError
            If there is no such row.
        """
        if ":" in name:
            return self._foreign(name)
        if name not in self._files:
            raise DsoundsError(
                f"unknown {self.what} {name!r}{suggestion(name, self.names)}: "
                f"{', '.join(self.names)} are known, or package.module:{self.constant}"
            )
        row: Row = getattr(import_module(self._modules[name]), self.constant)
        return row

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield every row with its name."""
        for name in self.names:
            yield name, self.load(name)

    def _foreign(self, name: str) -> Row:
        """Import somebody's own row; modules are also looked for in the current folder."""
        module_name, _, constant = name.partition(":")
        here = os.getcwd()
        sys.path.append(here)
        try:
            row = getattr(import_module(module_name), constant)
        except (ImportError, AttributeError, ValueError) as error:
            raise DsoundsError(
                f"{self.what} {name!r} cannot be imported ({error}): package.module:CONSTANT is "
                "needed, of a package that is installed or lies in the current folder"
            ) from None
        finally:
            sys.path.remove(here)
        if not isinstance(row, self.kind):
            wanted, got = self.kind.__name__, type(row).__name__
            raise DsoundsError(f"{name} is no {self.what}: got {got}, {wanted} is needed")
        return row
