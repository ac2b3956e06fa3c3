"""An experiment in one command: corpora, runs, a table, figures, and what the paper found."""

from __future__ import annotations

from pathlib import Path

from ...datasets.storage import atomic_files
from ...settings import require
from .corpora import check_scored, make_features
from .engine import complain, run_all
from .experiment import EXPERIMENTS, Experiment
from .job import Outcome
from .measured import measured, untrained
from .results import Results, check_folder, collect, write_results
from .sweep import TABLE
from .table import legend, tables
from .variant import jobs_of, shown


def reproduce(
    name: str, out: Path, seeds: int | None = None, workers: int = 2, scheduler: str | None = None
) -> Results:
    """Run an experiment in the folder `out`, or what is left of it, and write its results there.

    Parameters
    ----------
    name
        Its name, or `package.module:EXPERIMENT`.
    seeds
        The number of seeds, 0 to seeds - 1; the experiment's own where None.
    workers, scheduler
        As for `engine.run_all`.

    Raises
    ------
    DsoundsError
        If there is no such experiment, or another command is at work in the folder; at the end, if
        some of the runs failed.
    """
    row = EXPERIMENTS.load(name)
    count = row.seeds if seeds is None else seeds
    require(count >= 1, f"seeds is {count}: at least 1 is needed")
    with atomic_files.exclusive_lock(out, wait=False):
        check_folder(out, TABLE, *(name for name, _ in row.figures))
        atomic_files.make_folder(out)
        outcomes: list[Outcome] = []
        if row.trained:
            results, outcomes = _trained(name, row, count, out, workers, scheduler)
        else:
            results = untrained(name, row, count)
        text = write(row, results, out)
    print(text)
    complain(outcomes)
    return results


def _trained(
    name: str, row: Experiment, count: int, out: Path, workers: int, scheduler: str | None
) -> tuple[Results, list[Outcome]]:
    """Generate the corpora, train and score the runs, and return the results."""
    configs = [variant.config() for variant in row.variants]  # what is wrong is told first
    corpora = {}
    for key, plan in row.corpora.items():
        corpora[key] = plan.generate(out / "corpora" / (key or "corpus"), workers)
        own = [k for k, variant in enumerate(row.variants) if variant.corpus == key]
        for k in own:
            check_scored(corpora[key], row.part, row.variants[k].split)
        make_features(corpora[key], [configs[k] for k in own])
    jobs = jobs_of(row.variants, range(count), corpora, out, row.asked, row.part)
    outcomes = run_all(list(jobs.values()), workers, scheduler)
    results = collect(name, row.variants, jobs, outcomes)
    return measured(row, results, corpora), list(outcomes.values())


def write(row: Experiment, results: Results, out: Path) -> str:
    """Write the results, table.md and the figures of an experiment; return the table's text."""
    write_results(results, out)
    text = page(row, results)
    atomic_files.write_text(out / TABLE, text)
    if any(run.scores for run in results.runs):
        for file, draw in row.figures:
            draw(results, out / file)
    return text


def page(row: Experiment, results: Results) -> str:
    """Return table.md: what the paper found, what these runs say, the table."""
    shared = [
        f"{key} = {shown(value)}"
        for key, value in row.variants[0].common.items()
        if all(variant.common.get(key) == value for variant in row.variants)
    ]
    parts = [
        f"# {results.name}",
        f"**The paper** ({row.source}): {row.finding}",
        f"**These runs**: {row.verdict(results)}" if any(r.scores for r in results.runs) else "",
        row.note,
        f"All runs: {', '.join(shared)}." if shared else "",
        tables(results, row.columns, row.intervals),
        legend(results, row.all_columns, row.intervals),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def listing() -> str:
    """Return the experiments with what they are, a line each."""
    width = max(map(len, EXPERIMENTS.names))
    lines = [f"{name:<{width}}  {EXPERIMENTS.summary(name)}" for name in EXPERIMENTS.names]
    return "\n".join([*lines, "", "dsounds reproduce NAME --out FOLDER runs one of them"])
