"""Commands that train and score many runs: sweep, reproduce."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import tyro

from ..errors import DsoundsError

_POSITIONAL = tyro.conf.Positional
_SEEDS = Annotated[tuple[str, ...], tyro.conf.arg(metavar="INT,INT")]
_SETTINGS = Annotated[
    tuple[str, ...],
    tyro.conf.arg(name="set", metavar="NAME=VALUE,VALUE"),
    tyro.conf.UseAppendAction,
]


def sweep(
    families: Annotated[str, tyro.conf.arg(metavar="FAMILY[,FAMILY ...]"), _POSITIONAL],
    corpus: str,
    out: Path,
    seeds: _SEEDS = ("0,1,2",),
    settings: _SETTINGS = (),
    preset: str | None = None,
    split: str = "",
    workers: int = 2,
    scheduler: str | None = None,
    scores: tuple[str, ...] = (),
    part: Literal["validation", "test"] = "validation",
    intervals: bool = False,
) -> None:
    """Train and score families with every combination of settings and seeds; print one table.

    Runs that are finished are taken as they are and interrupted ones are resumed. The table, with
    mean and standard deviation over the seeds, is written as table.md, medians and ranges as
    comparison.md, and all scores of each run as results.json and results.csv.

    Parameters
    ----------
    families
        dsounds train lists them
    corpus
        folder of the corpus; or a recipe, whose clips are rendered as they are needed
    out
        folder of the runs and the table
    seeds
        seeds of weights, batches and noise, with commas or spaces between them
    settings
        values of a setting of dsounds train FAMILY, with commas between them; may be given again
        for others (--set z_dim=8,16 --set encoder_hidden="64 64,128 128")
    preset
        named settings, from which --set starts (default: the family's first)
    split
        which split of the corpus tells training from validation (default: its first)
    workers
        runs at a time, one thread each
    scheduler
        address of a Dask scheduler, tcp://host:8786, whose workers do the runs; they must see the
        folders under the same paths
    scores
        names of scores that results.json and results.csv have beside those that take no seconds,
        or all
    part
        whose clips are scored: validation, by which each run's best checkpoint is chosen, or test
    intervals
        the table has the 95 % interval of each mean over the seeds, instead of the deviation
    """
    from ..train.experiments.sweep import SweepOptions
    from ..train.experiments.sweep import sweep as run

    places = preset, split, workers, scheduler
    run(
        SweepOptions(
            families, corpus, out, ",".join(seeds), settings, *places, scores, part, intervals
        )
    )


def reproduce(
    experiment: Annotated[str, _POSITIONAL] = "",
    out: Path | None = None,
    seeds: int | None = None,
    workers: int = 2,
    scheduler: str | None = None,
) -> None:
    """Repeat an experiment of a paper: dsounds reproduce NAME; without NAME, list them.

    Corpora are generated, models trained and scored; table.md, the figures, and all scores of each
    run (results.json, results.csv) are written. What was interrupted is resumed.

    Parameters
    ----------
    experiment
        its name, or package.module:EXPERIMENT
    out
        folder of everything it makes (default: runs/NAME)
    seeds
        number of seeds (default: the experiment's own)
    workers
        runs at a time, one thread each
    scheduler
        address of a Dask scheduler, tcp://host:8786, whose workers do the runs; they must see the
        folder under the same path
    """
    from ..train.experiments.reproduce import listing
    from ..train.experiments.reproduce import reproduce as run

    if not experiment:
        given = {"--out": out, "--seeds": seeds, "--scheduler": scheduler}
        for option, value in given.items():
            if value is not None:
                raise DsoundsError(f"{option} is given, but no experiment: dsounds reproduce NAME")
        print(listing())
        return
    folder = out or Path("runs") / experiment.replace(":", ".")
    run(experiment, folder, seeds, workers, scheduler)
    print(f"everything is in {folder}")
