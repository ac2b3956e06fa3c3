"""Tables of labels: the recordings of a folder, each a row of a table.

A table is a CSV file with a header (cells apart by commas, semicolons or tabs), or JSON: a list of
objects, an object of objects by file, or an object on each line (.jsonl).

    file     path of the recording, as seen from the folder; `file_name` where there is no `file`
    split    train, validation or test; where it is left out, the import makes a split
    group    recordings that are brought to one level together
    unit     recordings that must be on one side of a split; each by itself where it is left out

Every other column is a factor: one label for each recording, the same for all of its clips. Of a
metadata.csv of `dsounds export` only the names of the factors are taken: classes, values, numbers
of clips and splits of another corpus are no labels.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DsoundsError, suggestion
from ...files import open_plain
from ..factors.splits import PARTS
from ..storage.atomic_files import reason
from .file_names import FileNames
from .labels import Recording

RESERVED = ("file", "split", "group", "unit")
_FILE_NAME = "file_name"  # the column of Hugging Face's audiofolder
_EXPORTED = (_FILE_NAME, "clip", "index")  # the first columns of the table of our own exports
_OFFICIAL = "dmelodies_index"  # its fourth, of a corpus of dmelodies
_SEPARATORS = ",;\t"


def read_labels(folder: Path, labels: Path) -> list[Recording]:
    """Return the recordings of a folder by a table of labels.

    Raises
    ------
    DsoundsError
        If the folder or the table is missing, or if the table has no labels.
    """
    if not folder.is_dir():
        raise DsoundsError(f"there is no folder {folder} of recordings")
    try:
        open_plain(labels).close()
        if labels.suffix.lower() in (".json", ".jsonl"):
            rows = list(_json_rows(labels))
        else:
            rows = list(_csv_rows(labels))
    except OSError as error:
        raise DsoundsError(f"labels {labels} cannot be read: {reason(error)}") from None
    except UnicodeDecodeError:
        raise DsoundsError(
            f"labels {labels} are no text in UTF-8: save the table in that encoding"
        ) from None
    except (ValueError, csv.Error, RecursionError) as error:
        raise DsoundsError(f"labels {labels} are no table of labels: {error}") from None
    if not rows:
        raise DsoundsError(f"labels {labels} have no row")
    names = FileNames(folder)
    return [_recording(names, row, f"{labels}, {place}") for place, row in rows]


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        separator = _separator(file.readline())
        file.seek(0)
        rows = csv.reader(file, strict=True, delimiter=separator)
        given = [name.strip() for name in next(rows, [])]
        header = _own_names(given)
        if "file" not in header or "" in header or len(set(header)) < len(header):
            raise ValueError(
                f"the first row is {given}: the names of the columns are needed, all different, "
                "'file' or 'file_name' among them"
            )
        foreign = _not_labels(given)
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise ValueError(
                    f"line {rows.line_num} has {len(row)} cells, the first row has {len(header)}"
                )
            cells = dict(zip(header, map(str.strip, row), strict=True))
            kept = {name: text for name, text in cells.items() if name not in foreign}
            yield f"line {rows.line_num}", kept


def _separator(first: str) -> str:
    """Return what parts the cells of a table by its first row: that which gives a column `file`."""
    for separator in _SEPARATORS:
        names = _own_names([name.strip().strip('"') for name in first.split(separator)])
        if "file" in names and len(names) > 1:
            return separator
    return ","


def _own_names(columns: list[str]) -> list[str]:
    """Return names of columns in which `file_name` is called `file`, where there is no `file`."""
    if "file" in columns or columns.count(_FILE_NAME) != 1:
        return columns
    return ["file" if name == _FILE_NAME else name for name in columns]


def _not_labels(columns: list[str]) -> set[str]:
    """Return those columns of the metadata.csv of an export of ours that are no labels."""
    if tuple(columns[:3]) != _EXPORTED:
        return set()
    doubled = {f"{name}{end}" for name in columns for end in ("_class", "_value")}
    return {
        *_EXPORTED[1:],
        _OFFICIAL,
        *doubled,
        *(name for name in columns if name.startswith("split_")),
    }


def _json_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    text = path.read_text(encoding="utf-8-sig")
    content: Any
    if path.suffix.lower() == ".jsonl":
        content = [json.loads(line) for line in text.splitlines() if line.strip()]
    else:
        content = json.loads(text)
    if isinstance(content, dict) and all(isinstance(row, dict) for row in content.values()):
        content = [{**row, "file": file} for file, row in content.items()]
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise ValueError("a list of objects, or an object of objects by file, is needed")
    for number, given in enumerate(content, 1):
        row = dict(zip(_own_names(list(given)), given.values(), strict=True))
        if given.keys() != content[0].keys() or "file" not in row:
            raise ValueError(f"entry {number} has {list(given)}, the first has {list(content[0])}")
        yield f"entry {number}", {name: as_text(value) for name, value in row.items()}


def as_text(value: Any) -> str:
    """Return a label of a JSON file as text. Others than text and numbers raise ValueError."""
    if not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no label: text or a number is needed")
    return str(value).strip()


def _recording(names: FileNames, row: dict[str, str], place: str) -> Recording:
    empty = [name for name, text in row.items() if not text and name not in RESERVED[1:]]
    if empty:
        raise DsoundsError(f"{place}: {empty[0]} is empty")
    part = row.get("split", "")
    if "split" in row and part not in PARTS:
        raise DsoundsError(
            f"{place}: split is {part!r}{suggestion(part, PARTS)}: {', '.join(PARTS)} are allowed"
        )
    labels = {name: text for name, text in row.items() if name not in RESERVED}
    group, unit = row.get("group", ""), row.get("unit") or row["file"]
    return Recording(names.path(row["file"]), row["file"], labels, part, group, unit)
