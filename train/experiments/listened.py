"""Swaps listened to by analysis: whether pitch, onsets and factors are as they ought to be.

A table for each corpus has a row for each variant, then the true counterfactuals, whose way is the
same, and what knows nothing; `ABOUT` says what the columns are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...datasets.storage import atomic_files
from .results import Result, Results
from .table import cell

SCORES = (
    "raw_pitch_accuracy",
    "onset_f1",
    "judge_accuracy",
    "judge_swap",
    "judge_counterfactual",
)
TRUTH, NOTHING = "true counterfactual", "knows nothing"


@dataclass(frozen=True)
class Column:
    """A column: its head, and the keys of a swap, of the true counterfactual, of no knowledge.

    `nothing` is the key of a score, or where `level` is given, that of a floor of this score.
    """

    head: str
    swap: str
    truth: str
    nothing: str
    level: str = ""

    def floor(self, run: Result) -> float:
        """Return what a model has that knows nothing; nan where that is not known."""
        if not self.level:
            return run.values(self.nothing)[0]
        floors = run.scores["rows"].get(self.level, {}).get("floor") if run.scores else None
        value = floors.get(self.nothing) if isinstance(floors, Mapping) else None
        return np.nan if value is None else float(value)


def judged(head: str, ending: str) -> Column:
    """Return the column of what a judge says; the ending is that of the keys."""
    swap, truth = (f"judge_{one}_accuracy{ending}" for one in ("swap", "counterfactual"))
    return Column(f"judge: {head}", swap, truth, f"judge_accuracy{ending}", "judge_accuracy")


def columns(factors: Sequence[str]) -> list[Column]:
    """Return the columns of a corpus with these static factors."""
    pitch, onsets = "raw_pitch_accuracy", "onset_f1"
    return [
        Column(
            "pitch kept",
            *(f"{pitch}_{one}_steady" for one in ("global", "counterfactual", "floor")),
        ),
        Column(
            "onsets kept", *(f"{onsets}_{one}" for one in ("global", "counterfactual", "floor"))
        ),
        *(judged(factor, f"/{factor}") for factor in factors),
        judged("melody", "_dynamic"),
    ]


def table(results: Results, factors: Sequence[str]) -> str:
    """Return the table of the runs on one corpus, as Markdown."""
    own = columns(factors)
    heads = ["family", "seeds", *(column.head for column in own)]
    lines = [heads, ["---"] * len(heads)]
    for variant in results.variants:
        cells = [cell(results.over_seeds(variant, column.swap), intervals=True) for column in own]
        lines.append([variant.title, str(len(results.of(variant))), *cells])
    scored = [run for run in results.runs if run.scores]
    for name, values in (
        (TRUTH, [[run.values(column.truth)[0] for run in scored] for column in own]),
        (NOTHING, [[column.floor(run) for run in scored] for column in own]),
    ):
        lines.append([name, "", *map(_mean, values)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_listened(factors: Mapping[str, Sequence[str]], results: Results, path: Path) -> None:
    """Write the table of each corpus, whose static factors are given, with what it means."""
    shown = {corpus: results.on(corpus) for corpus in factors}
    parts = [
        f"# {results.name}: listened to by analysis",
        ABOUT,
        *(f"## {corpus}\n\n{table(own, factors[corpus])}" for corpus, own in shown.items()),
    ]
    atomic_files.write_text(path, "\n\n".join(parts) + "\n")


ABOUT = (
    "Global swaps, decode(z of a clip, v of its partner). Pitch kept: the share of frames in the "
    "middle of notes whose pitch, read from the vocoded swap, lies within 50 cents of the score's. "
    "Onsets kept: F1 of the onsets, within 50 ms. Judge: how often a judge that was trained on "
    "real clips says the partner's class of a static factor, and of the melody, the mean over the "
    "dynamic factors, the source's. Mean over the seeds, and in brackets its 95 % interval by "
    f'Student\'s t. "{TRUTH}": the same of the true counterfactuals, for the pitch through the '
    f'same vocoder. "{NOTHING}": the melody of another clip, or always the most frequent class.'
)


def _mean(values: list[float]) -> str:
    known = [value for value in values if value == value]
    return f"{np.mean(known):.2f}" if known else "-"
