"""The row of a format, which its module in this folder holds in the constant FORMAT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ...settings import settings


@settings
class NoSettings:
    """The settings of a format that has none of its own."""


@dataclass(frozen=True)
class ExportFormat:
    """How a corpus is written in a format.

    Parameters
    ----------
    target
        What is written: a new file, a new folder, or files in the corpus's own folder.
    write
        The function that writes a selection of clips: `write(selection, place, **settings)`.
        `place` is an empty folder, a file that does not exist yet, or the corpus's folder. An error
        leaves no file and no folder behind, except in the corpus's folder.
    settings
        The class of the format's own settings, made by `dsounds.settings.settings`. The command
        line has an option for each.
    whole
        Whether only a whole corpus with shards can be written.
    """

    target: Literal["file", "folder", "corpus"]
    write: Callable[..., None]
    settings: type = NoSettings
    whole: bool = False
