"""What the model of a run makes, from clips of its corpus, into a folder."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets.reading.picture import static_names
from ...datasets.storage.destination import refuse_existing
from ...settings import check_seed
from ..fitting.checkpoints import load_run
from ..fitting.run_data import RunData, open_run_data
from ..scores.evaluate import identity
from .grid import Grid
from .mode import MODES
from .sample import sample


def sample_run(
    run_path: Path | str,
    mode: str,
    out: Path | str,
    clips: tuple[int, ...] = (),
    corpus: Path | str | None = None,
    count: int = 4,
    frames: int | None = None,
    seed: int = 0,
    progress: bool = False,
    **settings: Any,
) -> Grid:
    """Make sequences with a run's best checkpoint, and write them into the new folder `out`.

    Parameters
    ----------
    clips
        Numbers of the corpus's clips. Where none are given, a mode that needs some takes `count`
        clips of the validation part, drawn by `seed`.
    corpus
        Another corpus than the run's own.
    count, frames, seed, settings
        See `train.samples.sample.sample`.
    progress
        Whether a progress bar is shown.

    Raises
    ------
    DsoundsError
        If `out` exists already, and where `sample` raises it.
    """
    out, row, run = Path(out), MODES.load(mode), load_run(run_path)
    refuse_existing(out)
    check_seed(seed)
    data = open_run_data(run.config, corpus)
    rows = np.array(clips, np.int64)
    if row.clips == "needed" and not clips:
        rows = _chosen(data, max(count, row.least_clips), seed)
    names = [_name(data, int(clip)) for clip in rows]
    x = np.ascontiguousarray(data.x[rows]) if len(rows) else None
    frames = data.x.shape[1] if frames is None and x is None else frames
    made = sample(
        run.model, mode, x, count=count, frames=frames, seed=seed, names=names or None, **settings
    )
    about = {**made.about, **identity(run, data), "clips": rows.tolist()}
    made = replace(made, about={**about, "model": run.config.family})
    made.write(out, run.config.features, progress)
    return made


def _chosen(data: RunData, count: int, seed: int) -> np.ndarray:
    """Draw clips of the validation part, in ascending order."""
    count = min(count, len(data.scored))
    return np.sort(np.random.default_rng(seed).choice(data.scored, count, replace=False))


def _name(data: RunData, clip: int) -> str:
    static = static_names(data.corpus, clip)
    return f"clip {clip}, {static}" if static else f"clip {clip}"
