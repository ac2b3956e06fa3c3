"""What an experiment measures beside the scores of runs, or where nothing is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from ...datasets import Corpus, open_corpus
from ..scores.evaluation import LIBRARIES
from .experiment import Experiment
from .results import Result, Results


def measured(row: Experiment, results: Results, corpora: Mapping[str, Corpus]) -> Results:
    """Return the results of runs with what the experiment measures beside their scores."""
    if row.measure is None:
        return results
    runs = (_with_numbers(row, run, corpora[run.variant.corpus]) for run in results.runs)
    return replace(results, runs=tuple(runs))


def untrained(name: str, row: Experiment, seeds: int) -> Results:
    """Return what an experiment measures on corpora on demand: nothing is trained or rendered."""
    runs = []
    for variant in row.variants:
        for seed in range(seeds):
            corpus = open_corpus(row.corpora[variant.corpus].made(seed=seed))
            about = {
                "corpus_id": corpus.id,
                "versions": {library: version(library) for library in LIBRARIES},
            }
            nothing: dict[str, Any] = {"scores": {}, "factors": {}, "rows": {}, "notes": []}
            run = Result(variant, seed, nothing | {"computed_from": about})
            runs.append(_with_numbers(row, run, corpus))
    return Results(name, tuple(runs))


def _with_numbers(row: Experiment, run: Result, corpus: Corpus) -> Result:
    if run.scores is None or row.measure is None:
        return run
    measured = row.measure(run, corpus).items()
    numbers = {key: float(one) if math.isfinite(one) else None for key, one in measured}
    return replace(run, scores={**run.scores, "scores": {**run.scores["scores"], **numbers}})
