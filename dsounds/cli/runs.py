"""Commands on runs: report, compare, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from ..errors import DsoundsError

_POSITIONAL = tyro.conf.Positional


def report(
    runs: Annotated[tuple[Path, ...], _POSITIONAL],
    out: Path = Path("report.html"),
    clips: int = 3,
    seed: int = 0,
) -> None:
    """Write one HTML page that compares models: scores, curves, swaps to see and hear, codes.

    Parameters
    ----------
    runs
        run folders, all trained on the same corpus; beside them folders with the scores.json of
        models of your own, as dsounds.evaluate(model, corpus).write(folder) makes it
    out
        the page
    clips
        pairs of clips to swap
    seed
        draws the pairs
    """
    from ..train.report import report as write

    if not runs:
        raise DsoundsError("no run is given: dsounds report RUN [RUN ...]")
    print(f"report: {write(list(runs), out, clips, seed, progress=True)}")


def compare(
    runs: Annotated[tuple[Path, ...], _POSITIONAL],
    scores: tuple[str, ...] = (),
    out: Path | None = None,
) -> None:
    """Compare models over their seeds: medians, intervals and paired tests of their scores.

    Runs that differ in their seed alone are one model. The tests are against the first model.

    Parameters
    ----------
    runs
        run folders, and folders with the scores.json of models of your own
    scores
        keys in scores.json, as mig_v or instrument/f1_global (default: those of the tables)
    out
        folder for the table and a picture (default: the table is printed alone)
    """
    from ..train.comparison.compare import compare as run

    print(run(runs, scores, out).table())
    if out is not None:
        print(f"\neverything is in {out}")


def demo(out: Path = Path("demo"), clips: int = 600, workers: int = 2) -> None:
    """Do the main job: a corpus, three models trained and scored, a report.

    Parameters
    ----------
    out
        folder of everything the demo makes
    clips
        size of the corpus
    workers
        processes that generate and train
    """
    from ..train.experiments.demo import demo as run

    run(out, clips, workers)
