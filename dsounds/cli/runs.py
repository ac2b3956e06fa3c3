"""Commands on runs: evaluate, report, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tyro

from ..errors import DsoundsError

_POSITIONAL = tyro.conf.Positional


def evaluate(
    run: Annotated[Path, _POSITIONAL],
    corpus: Path | None = None,
    part: Literal["validation", "test"] = "validation",
    seed: int = 0,
) -> None:
    """Score a run against the true labels of its corpus; writes scores.json into the run folder.

    Scores on another part go to scores-test.json there, on another corpus to scores-ID.json,
    on another part of another corpus to scores-ID-test.json.

    Args:
        run: run folder
        corpus: another corpus than the run's own
        part: whose clips are scored: validation, or test, which the run has not seen in any way
        seed: draws the partners of the swaps
    """
    from ..train.scores.evaluate import evaluate as score
    from ..train.scores.evaluate import scores_path, table

    result = score(run, corpus, seed, part)
    print(table(result))
    print(f"scores: {scores_path(run, result)}")


def report(
    runs: Annotated[tuple[Path, ...], _POSITIONAL],
    out: Path = Path("report.html"),
    clips: int = 3,
    seed: int = 0,
) -> None:
    """Write one HTML page that compares runs: scores, curves, swaps to see and hear, codes.

    Args:
        runs: run folders, all trained on the same corpus
        out: the page
        clips: pairs of clips to swap
        seed: draws the pairs
    """
    from ..train.report import report as write

    if not runs:
        raise DsoundsError("no run is given: dsounds report RUN [RUN ...]")
    print(f"report: {write(list(runs), out, clips, seed)}")


def demo(out: Path = Path("demo"), clips: int = 600, workers: int = 2) -> None:
    """The main job in one go: a corpus, TS-DSAE and DSAE trained and scored, a report.

    Args:
        out: folder of everything the demo makes
        clips: size of the corpus
        workers: processes that generate
    """
    from ..train.experiments.demo import demo as run

    run(out, clips, workers)
