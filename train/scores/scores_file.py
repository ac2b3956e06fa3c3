"""scores.json: written whole with a checksum, read from every version, current or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...datasets.storage import atomic_files
from ...errors import DsoundsError
from ...files import MOST_TEXT_BYTES, open_plain
from ...hashing import plain_sha256
from ...settings import NewerFile
from .registry import chosen, rows_in_order

if TYPE_CHECKING:
    from .evaluation import Evaluation

SCORES_JSON = "scores.json"
FORMAT = "dsounds scores 2"
NOT_ASKED = "it was not asked for"  # why a score is left out
_KEYS = ("scores", "factors", "notes", "computed_from")


def scores_name(part: str, corpus_id: str = "", decode_from: str = "means") -> str:
    """Return the name of the file of a run's scores on a part of its own corpus, or of another."""
    names = [corpus_id] * bool(corpus_id) + [part] * (part != "validation")
    names += [decode_from] * (decode_from != "means")
    return f"scores-{'-'.join(names)}.json" if names else SCORES_JSON


def content(evaluation: Evaluation) -> dict[str, Any]:
    """Return the content of scores.json, without its checksum."""
    return {"format": FORMAT, **asdict(evaluation)}


def write_scores(path: Path, result: dict[str, Any]) -> dict[str, Any]:
    """Write scores with their checksum, and return what was written."""
    result = {key: value for key, value in result.items() if key != "sha256"}
    result["sha256"] = plain_sha256(result)
    atomic_files.write_json(path, result)
    return result


def read_scores(path: Path) -> dict[str, Any]:
    """Read scores of this or an earlier version; scores that this version does not know are kept.

    Raises
    ------
    NewerFile
        If this version does not know the format.
    DsoundsError
        If the file cannot be read, is damaged or has no scores.
    """
    try:
        with open_plain(path, MOST_TEXT_BYTES) as file:
            result = json.load(file)
    except OSError as error:
        raise DsoundsError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DsoundsError(f"{path} is damaged, it is no JSON ({error})") from None
    if not isinstance(result, dict) or not all(key in result for key in _KEYS):
        raise DsoundsError(f"{path} has no scores: {', '.join(_KEYS)} are needed")
    if "format" not in result and "sha256" not in result:
        return _of_format_1(result)
    if result.get("format", FORMAT) != FORMAT:
        raise NewerFile(
            f"{path} was made by a newer dsounds: its format is {result['format']!r}, this one "
            f"knows {FORMAT!r}"
        )
    stated = result.pop("sha256", None)
    if stated != plain_sha256(result):
        raise DsoundsError(
            f"{path} is damaged or was edited: its checksum is {str(stated)[:12]}, that of its "
            f"content {plain_sha256(result)[:12]}; evaluate the model again"
        )
    return {**result, "sha256": stated}


def _of_format_1(result: dict[str, Any]) -> dict[str, Any]:
    """Return a file of the first format as one of today's: all its scores had version 1."""
    names = [key.rpartition("/")[2] for key in result["scores"]]
    return {**result, "rows": {name: {"version": 1} for name in names}}


def current(result: dict[str, Any], asked: Sequence[str] = ()) -> bool:
    """Return whether scores have every score of today in its version; others do no harm.

    Those that are named in `asked` must have been computed, or left out for another reason than
    that nobody asked for them.
    """
    rows, wanted = result["rows"], {row.name for row in chosen(rows_in_order(), asked)}
    return all(
        rows.get(row.name, {}).get("version") == row.version
        and (row.name not in wanted or rows[row.name].get("left_out") != NOT_ASKED)
        for row in rows_in_order()
    )
