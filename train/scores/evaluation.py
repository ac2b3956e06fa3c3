"""All scores of a model, computed together, and their result."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ...datasets.storage import atomic_files
from ...datasets.storage.own_files import SCORES, check_own
from ..models.interface import Codes
from .data.evaluation_data import EvaluationData
from .needs import missing
from .registry import ALL, chosen, rows_in_order
from .row import Level, Score
from .score_lines import lines, listed
from .scores_file import NOT_ASKED, SCORES_JSON, content, write_scores

DEFAULT = (ALL,)
LIBRARIES = ("dsounds", "torch", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Evaluation:
    """Scores of a model; a score without a value is None.

    Attributes
    ----------
    scores
        One number for each name, those of factors as "factor/name".
    factors
        The same as a table, factor by score.
    notes
        What is missing.
    rows
        The version, floor and ceiling of each score, and what it states of its figures.
    computed_from
        The model and the clips.
    """

    scores: dict[str, float | None]
    factors: dict[str, dict[str, float | None]]
    notes: list[str]
    rows: dict[str, dict[str, Any]]
    computed_from: dict[str, Any] = field(default_factory=dict)

    def table(self) -> str:
        """Return the scores as lines for a terminal."""
        return lines(content(self))

    def write(self, folder: Path | str, name: str = "") -> Path:
        """Write scores.json into a folder, which `dsounds report` shows beside runs.

        Parameters
        ----------
        folder
            The folder, made where there is none; scores that it holds are replaced.
        name
            What a report calls the model; the folder's name otherwise.

        Raises
        ------
        DsoundsError
            If the folder cannot be written, or has a scores.json that dsounds did not write.
        """
        folder = Path(folder)
        about = {**self.computed_from, "name": name or folder.absolute().name}
        atomic_files.make_folder(folder)
        path = folder / SCORES_JSON
        check_own(path, *SCORES)
        write_scores(path, {**content(self), "computed_from": about})
        return path


def score(
    data: EvaluationData,
    more: Iterable[Score] = (),
    only: Sequence[str] = (),
    progress: bool = False,
) -> Evaluation:
    """Return every score that can be computed from the data.

    Parameters
    ----------
    more
        Scores beside those of dsounds.
    only
        The names of those that are computed; "quick" for all that are not costly; all where empty.
    progress
        Whether to show a bar.

    Raises
    ------
    DsoundsError
        If a name is unknown.
    """
    rows = [*rows_in_order(), *more]
    wanted = {row.name for row in chosen(rows, only or DEFAULT)}
    values: dict[str, Any] = {}
    factors: dict[str, dict[str, Any]] = {name: {} for name in data.factors}
    about: dict[str, dict[str, Any]] = {}
    left_out: dict[str, list[str]] = {}
    computed = []
    for row in rows:
        why = missing(data, row.needs) if row.name in wanted else NOT_ASKED
        if why is None:
            computed.append(row)
        else:
            left_out.setdefault(why, []).append(row.name)
            about[row.name] = {"version": row.version, "left_out": why}
    bar = tqdm(computed, unit="score", disable=None if progress else True, leave=False)
    for row in bar:
        bar.set_description(row.name)
        found = row.compute(data)
        if row.scope == "factor":
            for factor, one in found.items():
                factors[factor] |= _named(row, one)
        else:
            values |= _named(row, found)
        about[row.name] = _about(row, data)
    flat = {f"{factor}/{key}": n for factor, row in factors.items() for key, n in row.items()}
    notes = [f"{listed(names)}: {why}" for why, names in left_out.items() if why != NOT_ASKED]
    versions = {name: version(name) for name in LIBRARIES}
    return Evaluation(
        _plain(flat | values),
        _plain(factors),
        [*data.notes, *notes],
        _plain({row.name: about[row.name] for row in rows}),
        {**data.about, **_sizes(data), "versions": versions},
    )


def _about(row: Score, data: EvaluationData) -> dict[str, Any]:
    """Return what stands beside the numbers of a score that was computed."""
    levels = {"floor": _level(row.floor, data), "ceiling": _level(row.ceiling, data)}
    found = {"version": row.version, **levels, **data.stated.get(row.name, {})}
    return found if row.table is None else found | {"table": row.table(data)}


def _named(row: Score, found: Any) -> dict[str, float]:
    return dict(found) if isinstance(found, dict) else {row.name: float(found)}


def _sizes(data: EvaluationData) -> dict[str, int]:
    """Return the sizes of the codes that there are."""
    codes = data.codes or Codes()
    means = {"v_dim": codes.v_mean, "z_dim": codes.z_mean}
    return {name: mean.shape[-1] for name, mean in means.items() if mean is not None}


def _level(level: Level, data: EvaluationData) -> Any:
    return level(data) if callable(level) else level


def _plain(value: Any) -> Any:
    """Return values that JSON knows: it has no nan."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
