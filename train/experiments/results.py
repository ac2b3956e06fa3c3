"""The scores of many runs: collected, read by name, written as JSON and as CSV.

Neither file holds paths or times, so runs with the same settings give the same file on the same
machine, and files of two machines can be compared.
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets.storage import atomic_files
from ...datasets.storage.own_files import RESULTS, check_own
from ...errors import DsoundsError
from ...hashing import plain_sha256
from ..fitting.metrics_csv import METRICS, read_metrics
from ..scores.registry import factor_rows
from .job import Job, Outcome
from .variant import Variant, shown

RESULTS_JSON, RESULTS_CSV = "results.json", "results.csv"
FORMAT = "dsounds results 1"
_ABOUT = ("corpus_id", "split", "part", "scored_clips", "epoch", "stage", "v_dim", "z_dim")


@dataclass(frozen=True)
class Result:
    """A run of a variant: the content of its scores.json, or None and the error; its folder."""

    variant: Variant
    seed: int
    scores: dict[str, Any] | None
    error: str = ""
    folder: Path = Path()

    @property
    def seconds(self) -> float:
        """The time of its epochs by metrics.csv, validation included; nan where it has none."""
        try:
            return sum(float(row["seconds"]) for row in read_metrics(self.folder / METRICS))
        except (OSError, DsoundsError):
            return math.nan

    def values(self, key: str) -> tuple[float, ...]:
        """Return a score by its key, nan where it has no value.

        "factor/name" and a score of the whole run give one number; the name of a score per factor
        gives one for each factor; "epoch" is that of the weights, "seconds" the time that training
        took.
        """
        if self.scores is None:
            return ()
        if key == "seconds":
            return (self.seconds,)
        numbers = {"epoch": self.scores["computed_from"].get("epoch")} | self.scores["scores"]
        found = [numbers.get(key)]
        if key in {name for row in factor_rows() for name in row.labels}:
            found = [row.get(key) for row in self.scores["factors"].values()]
        return tuple(math.nan if value is None else float(value) for value in found)


@dataclass(frozen=True)
class Results:
    """The runs of a sweep or an experiment, seed by seed, in the order of their variants."""

    name: str
    runs: tuple[Result, ...]

    @property
    def variants(self) -> list[Variant]:
        """The variants, each once, in order."""
        found: list[Variant] = []
        for run in self.runs:
            if run.variant not in found:
                found.append(run.variant)
        return found

    @property
    def parts(self) -> list[str]:
        """The parts of the corpora on which runs are scored, each once, as far as runs tell."""
        found = (run.scores["computed_from"].get("part") for run in self.runs if run.scores)
        return list(dict.fromkeys(part for part in found if part))

    def on(self, corpus: str) -> Results:
        """Return the results of the runs on a corpus, by its name."""
        return replace(self, runs=tuple(one for one in self.runs if one.variant.corpus == corpus))

    def of(self, variant: Variant) -> list[Result]:
        """Return the scored runs of a variant."""
        return [run for run in self.runs if run.variant == variant and run.scores is not None]

    def over_seeds(self, variant: Variant, key: str) -> np.ndarray:
        """Return a score of a variant's runs, (seeds, numbers that the score has); may be empty."""
        rows = [run.values(key) for run in self.of(variant)]
        return np.array(rows, float) if rows else np.empty((0, 0))

    def floors(self, variant: Variant, key: str) -> np.ndarray:
        """Return what a model that knows nothing gets in a score of the whole run, (seeds,)."""
        rows = [run.scores["rows"].get(key, {}) for run in self.of(variant) if run.scores]
        found = [row.get("floor") for row in rows]
        return np.array([math.nan if value is None else value for value in found], float)


def collect(
    name: str,
    variants: Sequence[Variant],
    jobs: dict[tuple[int, int], Job],
    outcomes: dict[str, Outcome],
) -> Results:
    """Return the results of jobs, which are known by the number of their variant and their seed."""
    runs = []
    for (number, seed), job in jobs.items():
        one = outcomes[job.name]
        runs.append(Result(variants[number], seed, one.scores, one.error, job.folder))
    return Results(name, tuple(runs))


def check_folder(folder: Path, *files: str) -> None:
    """Raise DsoundsError where one of the files, or of `write_results`, is there, and not ours.

    They are ours where results.json is, which is written first.
    """
    names = (RESULTS_JSON, RESULTS_CSV, *files)
    there = [folder / name for name in names if os.path.lexists(folder / name)]
    if there and there[0].name != RESULTS_JSON:
        raise DsoundsError(
            f"{there[0]} is there, without the {RESULTS_JSON} that dsounds writes beside it: "
            "choose another --out, or remove it first"
        )
    check_own(folder / RESULTS_JSON, RESULTS)


def write_results(results: Results, folder: Path) -> None:
    """Write results.json and results.csv into a folder."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "name": results.name,
        "versions": next(
            (run.scores["computed_from"]["versions"] for run in results.runs if run.scores), {}
        ),
        "runs": [_plain(run) for run in results.runs],
    }
    atomic_files.write_json(folder / RESULTS_JSON, content | {"sha256": plain_sha256(content)})
    atomic_files.write_text(folder / RESULTS_CSV, _csv(results.runs))


def _plain(run: Result) -> dict[str, Any]:
    """Return what results.json says of a run."""
    variant = run.variant
    about: dict[str, Any] = {
        "corpus": variant.corpus,
        "family": variant.family,
        "preset": variant.preset or "",
        **_label(variant),
        "settings": {key: shown(value) for key, value in variant.settings.items()},
        "common": {key: shown(value) for key, value in variant.common.items()},
        "seed": run.seed,
    }
    if run.scores is None:
        return about | {"error": run.error}
    origin = run.scores["computed_from"]
    about |= {key: origin[key] for key in _ABOUT if key in origin}
    return about | {"scores": run.scores["scores"], "notes": run.scores["notes"]}


def _label(variant: Variant) -> dict[str, str]:
    return {"label": variant.label} if variant.label else {}


def _csv(runs: Iterable[Result]) -> str:
    """Return a row for each run: what it is, then every score."""
    rows = []
    for run in runs:
        about = {"corpus": run.variant.corpus, "family": run.variant.family}
        about |= _label(run.variant)
        settings = {key: shown(value) for key, value in run.variant.settings.items()}
        scores = run.scores["scores"] if run.scores else {"error": run.error}
        rows.append(about | settings | {"seed": run.seed} | scores)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, "", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
