"""TS-DSAE and DSAE on a recipe's clips: every size of z, several seeds, one table.

`python -m benchmarks.separation` trains 18 runs on the paper's 3,000 clips, two at a time on one
thread each, and prints the table of README.md. F1 is the mean over the static factors that vary.
Runs stay in --out: called again, it goes on where it stopped.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import tyro

from dsounds.datasets import features, generate, load_recipe, open_corpus

COLUMNS = (
    ("f1_reconstruction", "F1 pre", 3),
    ("f1_global", "F1 global", 3),
    ("f1_local", "F1 local", 3),
    ("reconstruction_mse", "reconstruction", 2),
    ("v_kl_standard", "KL_v", 2),
    ("v_effect", "v's effect", 2),
    ("counterfactual_error", "counterfactual", 2),
)


@dataclass(frozen=True)
class Run:
    """One run of the table."""

    method: str
    z_dim: int
    seed: int
    corpus: Path
    folder: Path
    epochs: int
    stage1_epochs: int
    weight: float


def main(
    recipe: str = "paper",
    out: Path = Path("runs/separation"),
    seeds: tuple[int, ...] = (0, 1, 2),
    sizes: tuple[int, ...] = (8, 16, 32),
    methods: tuple[str, ...] = ("ts-dsae", "dsae"),
    epochs: int = 15,
    stage1_epochs: int = 4,
    reconstruction_weight: float = 4.0,
    workers: int = 2,
) -> None:
    """Train, score and print.

    Args:
        recipe: which clips
        out: folder of the corpus and the runs
        seeds: seeds of each row
        sizes: sizes of z
        methods: as in `dsounds train`
        epochs: of each run, both stages together
        stage1_epochs: C
        reconstruction_weight: w
        workers: runs at a time, one thread each
    """
    corpus = generate(load_recipe(recipe), out / "corpus", progress=False)
    features(open_corpus(corpus))
    runs = [
        Run(m, z, s, corpus, out / f"{m}-z{z}-{s}", epochs, stage1_epochs, reconstruction_weight)
        for m in methods
        for z in sizes
        for s in seeds
    ]
    print(f"| method | z | seed | {' | '.join(head for _, head, _ in COLUMNS)} | seconds |")
    print("|" + " --- |" * (len(COLUMNS) + 4))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for row in pool.map(finished, runs):
            print(row, flush=True)


def finished(run: Run) -> str:
    """Train and score a run; its row of the table."""
    from dsounds.train.corpus import train_on_corpus
    from dsounds.train.evaluate import evaluate
    from dsounds.train.metrics import METRICS, read_metrics
    from dsounds.train.recipes import configure

    config = configure(
        run.method,
        str(run.corpus),
        corpus_id=open_corpus(run.corpus).id,
        seed=run.seed,
        z_dim=run.z_dim,
        epochs=run.epochs,
        stage1_epochs=run.stage1_epochs,
        reconstruction_weight=run.weight,
        threads=1,
    )
    train_on_corpus(config, run.folder)
    result = evaluate(run.folder)
    factors = result["factors"].values()
    means = {key: np.mean([row[key] for row in factors]) for key, _, _ in COLUMNS[:3]}
    scores = result["scores"] | means
    seconds = sum(float(row["seconds"]) for row in read_metrics(run.folder / METRICS))
    cells = [
        "-" if scores[key] is None else f"{scores[key]:.{digits}f}" for key, _, digits in COLUMNS
    ]
    return f"| {run.method} | {run.z_dim} | {run.seed} | {' | '.join(cells)} | {seconds:.0f} |"


if __name__ == "__main__":
    tyro.cli(main)
