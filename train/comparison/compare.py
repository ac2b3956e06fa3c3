"""Models side by side: each score's median and interval over the seeds, and paired tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...datasets.storage import atomic_files
from ...datasets.storage.own_files import COMPARISON, check_own
from ...datasets.storage.own_files import PICTURE as PICTURE_MARK
from ...errors import DsoundsError, suggestion
from ..scores.frame_means import HELD, RESTS, FrameMeans
from ..scores.registry import distances, shown_keys
from .groups import Group, gather
from .over_seeds import Median, Paired, holm, median, paired

TABLE, PICTURE = "comparison.md", "comparison.png"
_WORDS = (
    "Median over the seeds; in brackets an interval that holds the median of all seeds with the "
    "probability in the last column, whatever the distribution. Of a distance the medians in held "
    "notes and in rests follow. p: exact sign-flip test of the mean difference from the first "
    "model over the seeds that both have, corrected for as many tests as there are other models "
    "(Holm 1979); uncorrected it cannot be less than 2 / 2^pairs."
)


@dataclass(frozen=True)
class Line:
    """A score of a model; `p` is corrected, nan for the first model or without common seeds.

    `parts` are the medians of a distance in held notes and in rests, nan where there are none.
    """

    score: str
    model: str
    values: np.ndarray
    median: Median
    test: Paired
    p: float
    parts: tuple[float, float] = (np.nan, np.nan)

    @property
    def means(self) -> FrameMeans:
        """The medians over all frames, in held notes and in rests."""
        return FrameMeans(self.median.value, *self.parts)


@dataclass(frozen=True)
class Comparison:
    """The lines of all scores and models, models in the order they were given."""

    models: tuple[str, ...]
    lines: tuple[Line, ...]

    @property
    def scores(self) -> tuple[str, ...]:
        """The names of the scores, each once."""
        return tuple(dict.fromkeys(line.score for line in self.lines))

    def of(self, score: str) -> list[Line]:
        """Return the lines of a score."""
        return [line for line in self.lines if line.score == score]

    def medians(self) -> str:
        """Return a Markdown table of medians, a row for each score, a column for each model.

        Below a distance stand those in held notes and in rests.
        """
        heads = ("score", *self.models)
        rows = [heads, ("---",) * len(heads)]
        for score in self.scores:
            cells = zip(*(line.means.cells(3) for line in self.of(score)), strict=True)
            each = zip(("", HELD, RESTS), cells, strict=True)
            rows += [(score + end, *own) for end, own in each if not end or {*own} != {"-"}]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def table(self) -> str:
        """Return a Markdown table with a row for each score and model."""
        heads = ("score", "model", "seeds", "median", "difference", "p", "coverage")
        rows = [heads, ("---",) * len(heads), *(_cells(line) for line in self.lines)]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows) + f"\n\n{_WORDS}"

    def text(self) -> str:
        """Return the content of comparison.md."""
        return f"{self.medians()}\n\n{self.table()}\n"


def compare(
    folders: Sequence[Path], scores: Sequence[str] = (), out: Path | None = None
) -> Comparison:
    """Compare models over their seeds.

    Parameters
    ----------
    folders
        Run folders, and folders with the scores.json of own models. Runs that differ in their seed
        alone are one model.
    scores
        Keys in scores.json, as mig_v or instrument/f1_global; those that tables show where empty.
    out
        A folder for comparison.md and comparison.png; None to write nothing.

    Raises
    ------
    DsoundsError
        If folders cannot be compared, or no model has a score.
    """
    if out is not None:
        check_own(Path(out) / TABLE, COMPARISON)
        check_own(Path(out) / PICTURE, PICTURE_MARK)
    groups = gather(folders)
    keys = _known(groups, scores)
    lines = tuple(line for key in keys for line in _lines(key, groups))
    found = Comparison(tuple(group.name for group in groups), lines)
    if out is not None:
        from .picture import draw

        atomic_files.make_folder(out)
        with atomic_files.atomic_write(out / TABLE) as place:
            place.write_text(found.text(), encoding="utf-8")
        draw(found, out / PICTURE)
    return found


def _known(groups: Sequence[Group], scores: Sequence[str]) -> list[str]:
    there = dict.fromkeys(
        key
        for group in groups
        for one in group.scores.values()
        for key, value in one.items()
        if value is not None
    )
    for name in scores:
        if name not in there:
            raise DsoundsError(
                f"no model has the score {name!r}{suggestion(name, tuple(there))}: see scores.json"
            )
    if scores:
        return list(dict.fromkeys(scores))
    return [key for label in shown_keys() for key in there if key.rpartition("/")[2] == label]


def _lines(key: str, groups: Sequence[Group]) -> list[Line]:
    values = [_values(group, key) for group in groups]
    tests = [_paired(values[0], one) for one in values]
    corrected = holm([np.nan, *(test.p for test in tests[1:])])
    return [
        Line(
            key,
            group.name,
            np.array(list(own.values())),
            median(_array(own)),
            test,
            p,
            _parts(group, key),
        )
        for group, own, test, p in zip(groups, values, tests, corrected, strict=True)
    ]


def _parts(group: Group, key: str) -> tuple[float, float]:
    """Return the medians of a distance in held notes and in rests; nan of any other score."""
    if key not in distances():
        return np.nan, np.nan
    held, rests = (median(_array(_values(group, key + end))).value for end in (HELD, RESTS))
    return held, rests


def _values(group: Group, key: str) -> dict[int, float]:
    found = {seed: one.get(key) for seed, one in group.scores.items()}
    return {seed: float(value) for seed, value in found.items() if value is not None}


def _array(values: dict[int, float]) -> np.ndarray:
    return np.array(list(values.values()), float)


def _paired(first: dict[int, float], second: dict[int, float]) -> Paired:
    seeds = sorted(first.keys() & second.keys())
    return paired(*(np.array([one[seed] for seed in seeds], float) for one in (first, second)))


def _cells(line: Line) -> tuple[str, ...]:
    own = line.median
    if not own.count:
        return (line.score, line.model, "0", "-", "-", "-", "-")
    tested, parts = np.isfinite(line.p), line.means.parts(3)
    return (
        line.score,
        line.model,
        str(own.count),
        f"{own.value:.3f} [{own.low:.3f}, {own.high:.3f}]" + (f" ({parts})" if parts else ""),
        f"{line.test.difference:+.3f}" if tested else "-",
        f"{line.p:.3f}" if tested else "-",
        f"{own.coverage:.0%}",
    )
