"""The run folder that training writes to: taken when it is empty, or holds the same run."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...datasets.storage import atomic_files
from ...errors import DsoundsError
from ...settings import require
from ..settings.config import RunConfig
from ..settings.config_file import config_text, read_config
from .checkpoints import BEST, CONFIG, LAST, is_finished, read_checkpoint, stopped_early
from .metrics_csv import METRICS, resumed


def take_folder(folder: Path, config: RunConfig) -> None:
    """Make the run folder, or check that it holds the same run, which may then go on.

    A corpus that has moved is noted in config.toml, so that it is found again, and so are more
    epochs (but not under the schedule cosine) or patience. A run without any checkpoint has made
    nothing yet: it takes any config.

    Raises
    ------
    DsoundsError
        If the folder holds something else, a run of another config, or one of more epochs.
    """
    if not (folder / CONFIG).exists():
        if folder.exists() and not _empty(folder):
            raise DsoundsError(f"{folder} exists and is no run folder; choose another --out")
        atomic_files.make_folder(folder)
        _write_config(folder, config)
        return
    there = read_config(folder / CONFIG)
    atomic_files.remove_stale_parts(folder)
    differing = there.differing(config)
    if differing and not any((folder / name).exists() for name in (BEST, LAST)):
        _write_config(folder, config)
        return
    if differing:
        raise DsoundsError(
            f"{folder} holds a run of another config ({'; '.join(differing[:3])}); "
            "choose another --out, or remove the folder"
        )
    last, wanted = last_checkpoint(folder), config.training
    made = last["dsounds"]["epoch"] if last else 0
    require(
        wanted.epochs >= made,
        f"{folder} has made {made} epochs already, and epochs is {wanted.epochs}: give {made} or "
        "more, or choose another --out",
    )
    how_long = replace(there.training, epochs=wanted.epochs, patience=wanted.patience)
    now = replace(there, corpus=config.corpus, training=how_long)
    if now != there:
        _write_config(folder, now)


def last_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Return what a run goes on from, None before the end of its first epoch."""
    return read_checkpoint(folder / LAST) if (folder / LAST).exists() else None


def mend_metrics(folder: Path, last: dict[str, Any], config: RunConfig, loud: bool) -> None:
    """Leave out of the metrics.csv of a finished run what is damaged, and say so."""
    if not (folder / METRICS).is_file():
        return
    writer, kept, fault = resumed(folder / METRICS, config.row.terms, last["dsounds"]["epoch"])
    if fault:
        writer.begin(kept)
    if fault and loud:
        print(fault, file=sys.stderr)


def finished(folder: Path, last: dict[str, Any], config: RunConfig, loud: bool) -> bool:
    """Return whether the run in the folder has nothing to do, and say so; or how it goes on."""
    made, epochs = last["dsounds"]["epoch"], config.training.epochs
    done, text = is_finished(last, config), ""
    if done:
        text = f"{folder} is finished already: {made} epochs"
    if done and made < epochs and stopped_early(last, config):
        text += (
            f" of {epochs}, as the criterion had not improved for {config.training.patience}; a "
            "larger patience lets it go on"
        )
    elif not done and last["dsounds"]["finished"]:
        text = f"{folder} was finished after {made} epochs, and goes on to epoch {epochs}"
    if text and loud:
        print(text, file=sys.stderr)
    return done


def _empty(folder: Path) -> bool:
    """Return whether a folder holds nothing but what a run killed at its very start leaves."""
    return folder.is_dir() and all(
        path.name.endswith(".part") or path.name.startswith(".probe-") for path in folder.iterdir()
    )


def _write_config(folder: Path, config: RunConfig) -> None:
    atomic_files.write_text(folder / CONFIG, config_text(config))
