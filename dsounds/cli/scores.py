"""Commands on what a run has learned: evaluate, encode."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tyro

_POSITIONAL = tyro.conf.Positional


def evaluate(
    run: Annotated[Path, _POSITIONAL],
    corpus: Path | None = None,
    part: Literal["validation", "test"] = "validation",
    seed: int = 0,
    more: tuple[str, ...] = (),
) -> None:
    """Score a run against the true labels of its corpus; writes scores.json into the run folder.

    Scores on another part go to scores-test.json there, on another corpus to scores-ID.json,
    on another part of another corpus to scores-ID-test.json.

    Parameters
    ----------
    run
        run folder
    corpus
        another corpus than the run's own
    part
        whose clips are scored: validation, or test, which the run has not seen in any way
    seed
        draws the partners of the swaps
    more
        scores of one's own, each as package.module:SCORE
    """
    from ..train.scores.evaluate import evaluate as score
    from ..train.scores.evaluate import scores_path
    from ..train.scores.registry import SCORES
    from ..train.scores.score_lines import lines

    result = score(run, corpus, seed, part, [SCORES.load(name) for name in more])
    print(lines(result))
    print(f"scores: {scores_path(run, result)}")


def encode(
    run: Annotated[Path, _POSITIONAL],
    out: Path,
    corpus: Path | None = None,
    part: Literal["all", "train", "validation", "test"] = "all",
) -> None:
    """Write the codes of a run's model for the clips of a corpus, with their labels, as npz.

    Parameters
    ----------
    run
        run folder
    out
        the new file
    corpus
        another corpus than the run's own
    part
        whose clips are encoded
    """
    from ..train.scores.encode import encode as write

    print(f"codes: {write(run, out, corpus, part)}")
