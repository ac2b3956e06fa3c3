"""An experiment as a row: corpora, variants, seeds, scores, figures, and the paper's finding.

A module with `EXPERIMENT = Experiment(...)` in this folder adds one; `dsounds reproduce` lists
them. One of your own is named as `package.module:EXPERIMENT`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...datasets import Corpus
from ...registry import Registry
from ...settings import require
from ..scores.registry import QUICK, names_of
from .corpora import CorpusPlan, check_part
from .results import Result, Results
from .table import COLUMNS
from .variant import Variant

Draw = Callable[[Results, Path], None]
Measure = Callable[[Result, Corpus], Mapping[str, float]]


@dataclass(frozen=True)
class Experiment:
    """An experiment that one command repeats.

    Parameters
    ----------
    finding
        What the paper found, in words.
    source
        Where: authors, year, section.
    corpora
        The corpora by name; the name is empty where there is one only.
    variants
        What is trained, once for each seed.
    trained
        Whether anything is trained. Otherwise `measure` tells all: each variant and seed has its
        corpus, whose clips the seed chooses, on demand, without a folder.
    seeds
        The number of seeds, 0 to seeds - 1, unless the command says otherwise.
    scores
        The columns of the table.
    own_scores
        The columns of one corpus alone by its name, such as F1 of its factors, before those of
        `scores`. With them each corpus has a table of its own.
    intervals
        Whether tables have the 95 % interval of each mean over the seeds, instead of the deviation.
    measure
        Numbers beside the scores of a run, from what is known of it and its corpus. With it runs
        compute no scores but those of the columns and `more`.
    part
        The part of the corpora on which runs are scored: "validation", by which each run's best
        checkpoint is chosen, or "test", by which nothing is chosen.
    more
        The names of scores that are computed beside the quick ones and those of the columns.
    figures
        File name to what draws it, from the results, into that file; the same of a folder of
        several files, or of a table beside that of the scores.
    verdict
        What the results say about the finding, in words.
    note
        How the experiment differs from the paper's, in words.
    """

    finding: str
    source: str
    corpora: Mapping[str, CorpusPlan]
    variants: tuple[Variant, ...]
    seeds: int
    verdict: Callable[[Results], str]
    note: str = ""
    scores: tuple[str, ...] = COLUMNS
    own_scores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    intervals: bool = False
    measure: Measure | None = None
    trained: bool = True
    part: str = "validation"
    more: tuple[str, ...] = ()
    figures: tuple[tuple[str, Draw], ...] = ()

    def __post_init__(self) -> None:
        require(self.trained or self.measure is not None, "nothing is trained and nothing measured")
        check_part(self.part)
        names = [variant.name for variant in self.variants]
        require(len(set(names)) == len(names), "two variants of the experiment have one name")
        for corpus in self.own_scores:
            require(
                corpus in self.corpora,
                f"own_scores are given for the corpus {corpus!r}, which is not among "
                f"{list(self.corpora)}",
            )
        for variant in self.variants:
            require(
                variant.corpus in self.corpora,
                f"{variant.name} is on the corpus {variant.corpus!r}, which is not among "
                f"{list(self.corpora)}",
            )

    @property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """The columns of each table, by its corpus; of the one table by an empty name."""
        if not self.own_scores:
            return {"": self.scores}
        return {corpus: (*self.own_scores.get(corpus, ()), *self.scores) for corpus in self.corpora}

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The columns of all tables, each once."""
        return tuple(dict.fromkeys(key for own in self.columns.values() for key in own))

    @property
    def asked(self) -> tuple[str, ...]:
        """The names of the scores that its runs compute."""
        quick = () if self.measure else (QUICK,)
        return tuple(dict.fromkeys((*quick, *names_of(self.all_columns), *self.more)))


EXPERIMENTS = Registry(__package__, "EXPERIMENT", Experiment, "experiment")
