"""Names of files in a table, and the files that they mean.

One text has several forms in Unicode: a name with an umlaut may be written with one character
(NFC) or with two (NFD, as older Macs store names), and looks the same. A name that is not there
as it is written is looked for in any form. Tables that were written on Windows part folders by
a backslash.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from pathlib import Path

from ...errors import suggestion


class FileNames:
    """The files of a folder by their names in a table."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: dict[Path, dict[str, str]] = {}

    def path(self, name: str) -> Path:
        """Return where a file is; where it would be as it is written, if it is not there."""
        written = self.folder / name
        if written.is_file():
            return written
        for form in dict.fromkeys((name, name.replace("\\", "/"))):
            found = self._in_any_form(form)
            if found.is_file():
                return found
        return written

    def _in_any_form(self, name: str) -> Path:
        place = self.folder
        for part in Path(name).parts:
            there = place / part
            if not there.exists():
                there = place / self._names(place).get(unicodedata.normalize("NFC", part), part)
            place = there
        return place

    def _names(self, folder: Path) -> dict[str, str]:
        """Return the entries of a folder by their composed form; those that share one are out."""
        if folder not in self._entries:
            names = _listing(folder)
            forms = [unicodedata.normalize("NFC", one) for one in names]
            often = Counter(forms)
            pairs = zip(forms, names, strict=True)
            self._entries[folder] = {form: one for form, one in pairs if often[form] == 1}
        return self._entries[folder]


def likely_name(path: Path) -> str:
    """Return ", did you mean 'x'?" where a file of a folder has nearly the name of a missing one.

    That is the same name in small and large letters or with another ending, or one that is close.
    """
    names = _listing(path.parent)
    alike = [name for name in names if name.lower() == path.name.lower()]
    alike += [name for name in names if Path(name).stem.lower() == path.stem.lower()]
    return f", did you mean {alike[0]!r}?" if alike else suggestion(path.name, names)


def _listing(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
