"""TS-DSAE and DSAE on a recipe's clips: every size of z, several seeds, one table.

`python -m benchmarks.separation` trains 18 runs on the paper's 3,000 clips, two at a time on one
thread each, and prints the table of README.md. F1 stands for each static factor that varies, in
their order in the corpus. Runs stay in --out: called again, it goes on where it stopped.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import tyro

from dsounds.datasets import features, generate, load_recipe, open_corpus
from dsounds.train.scores.registry import head

F1 = ("f1_reconstruction", "f1_global", "f1_local")
COLUMNS = ("reconstruction_mse", "v_kl_standard", "v_effect", "counterfactual_error")


@dataclass(frozen=True)
class Run:
    """One run of the table."""

    family: str
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
    families: tuple[str, ...] = ("ts-dsae", "dsae"),
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
        families: as in `dsounds train`
        epochs: of each run, both stages together
        stage1_epochs: C
        reconstruction_weight: w
        workers: runs at a time, one thread each
    """
    corpus = generate(load_recipe(recipe), out / "corpus", progress=False)
    features(open_corpus(corpus))
    runs = [
        Run(f, z, s, corpus, out / f"{f}-z{z}-{s}", epochs, stage1_epochs, reconstruction_weight)
        for f in families
        for z in sizes
        for s in seeds
    ]
    static = open_corpus(corpus).space.varying("static")
    print(f"static factors: {', '.join(factor.name for factor in static)}\n")
    scores = (*(f"F1 {head(key)}" for key in F1), *map(head, COLUMNS))
    heads = ("family", "z", "seed", *scores, "seconds")
    print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for row in pool.map(finished, runs):
            print(row, flush=True)


def finished(run: Run) -> str:
    """Train and score a run; its row of the table."""
    from dsounds.train.fitting.metrics_csv import METRICS, read_metrics
    from dsounds.train.fitting.run import train_on_corpus
    from dsounds.train.scores.evaluate import evaluate
    from dsounds.train.settings.presets import configure

    config = configure(
        run.family,
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
    scores, rows = result["scores"], result["factors"].values()
    cells = [" / ".join(f"{row[key]:.3f}" for row in rows) for key in F1]
    seconds = sum(float(row["seconds"]) for row in read_metrics(run.folder / METRICS))
    cells += ["-" if scores.get(key) is None else f"{scores[key]:.2f}" for key in COLUMNS]
    return f"| {run.family} | {run.z_dim} | {run.seed} | {' | '.join(cells)} | {seconds:.0f} |"


if __name__ == "__main__":
    tyro.cli(main)
