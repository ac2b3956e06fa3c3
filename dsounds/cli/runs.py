"""Commands on runs: train, report, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tyro

from ..errors import DsoundsError

Method = Literal["dsae", "dsae-f", "ts-dsae-noreg", "ts-dsae"]
Preset = Literal["fast", "paper", "released"]
_POSITIONAL = tyro.conf.Positional


def train(
    method: Annotated[Method, _POSITIONAL],
    corpus: str,
    out: Path | None = None,
    recipe: Preset = "fast",
    split: str = "",
    seed: int = 0,
    z_dim: int | None = None,
    v_dim: int | None = None,
    epochs: int | None = None,
    stage1_epochs: int | None = None,
    batch_size: int | None = None,
    epoch_clips: int | None = None,
    learning_rate: float | None = None,
    reconstruction_weight: float | None = None,
    scaling: Literal["paper", "released"] | None = None,
    swaps: Literal["one", "both"] | None = None,
    patience: int | None = None,
    device: Literal["cpu", "cuda", "auto"] | None = None,
    threads: int | None = None,
) -> None:
    """Train a model on a corpus, or go on with a run after an interruption.

    What is not given comes from the recipe.

    Args:
        method: which model and objective
        corpus: folder of the corpus; or a recipe, whose clips are rendered as they are needed
        out: run folder (default: runs/METHOD)
        recipe: named settings: fast (seconds), paper or released (hours)
        split: which split of the corpus tells training from validation (default: its first)
        seed: seed of weights, batches and noise
        z_dim: size of the local code
        v_dim: size of the global code
        epochs: number of epochs, both stages together
        stage1_epochs: epochs of constrained training, C of the paper
        batch_size: clips per batch
        epoch_clips: training clips in an epoch, drawn anew for each; 0: all of them, but 20,000 at
            most of a corpus that is rendered as it is needed
        learning_rate: of Adam
        reconstruction_weight: weight of the reconstruction, w
        scaling: of the loss: Eq 2 as written, or means as in the released code
        swaps: one swapped pass with weight 2, or both
        patience: epochs without a better validation Eq 2 before training stops
        device: where to train
        threads: of torch; 0 leaves them alone
    """
    settings = {k: v for k, v in locals().items() if k not in ("method", "corpus", "out")}
    from ..datasets.reading.corpus import find_corpus
    from ..train.fitting.run import train_on_corpus
    from ..train.settings.presets import configure

    config = configure(method, corpus, corpus_id=find_corpus(corpus).id, **settings)
    folder = train_on_corpus(config, out or Path("runs") / method)
    print(f"trained in {folder}; score it with: dsounds evaluate {folder}")


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
