"""A run as a job for a worker: it is trained, or resumed, and scored; nothing is printed there.

A worker does one run at a time, on one thread: PyTorch's generator of weights belongs to the whole
process, and as many runs as there are cores are faster than one run on all of them.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import DsoundsError
from ...hashing import file_sha256
from ...settings import to_table
from ..scores.registry import QUICK
from ..settings.config import RunConfig
from ..settings.config_file import config_from, read_config

_alone = threading.Lock()


@dataclass(frozen=True)
class Job:
    """A run to be trained and scored.

    Parameters
    ----------
    name
        Its name.
    table
        Its config.
    folder
        Its folder.
    scores
        The names of the scores that are computed; see `scores.evaluation.score`.
    part
        The part of the corpus whose clips are scored: "validation" or "test".
    """

    name: str
    table: dict[str, Any]
    folder: Path
    scores: tuple[str, ...] = (QUICK,)
    part: str = "validation"

    @property
    def config(self) -> RunConfig:
        """The settings of the run."""
        return config_from(self.table, self.name)


@dataclass(frozen=True)
class Outcome:
    """What became of a run: its scores as its file has them, or why there are none, in a line."""

    name: str
    scores: dict[str, Any] | None = None
    error: str = ""


def job_of(
    name: str,
    config: RunConfig,
    folder: Path,
    scores: tuple[str, ...] = (QUICK,),
    part: str = "validation",
) -> Job:
    """Return the job of a run, which trains on one thread."""
    training = replace(config.training, threads=1)
    return Job(name, to_table(replace(config, training=training)), folder.absolute(), scores, part)


def train_and_score(job: Job) -> Outcome:
    """Train a run, or resume it, and score it; what goes wrong is told in the outcome."""
    from ..fitting.run import train_on_corpus
    from ..scores.evaluate import evaluate

    with _alone, _quiet():
        try:
            train_on_corpus(job.config, job.folder)
            there = scores_there(job)
            return Outcome(job.name, there or evaluate(job.folder, part=job.part, only=job.scores))
        except DsoundsError as error:
            return Outcome(job.name, error=" ".join(str(error).split()))
        except Exception as error:  # a fault of one run must not stop the others
            said = " ".join(str(error).split())
            return Outcome(job.name, error=f"{type(error).__name__}: {said}"[:300])


def scores_there(job: Job) -> dict[str, Any] | None:
    """Return the scores in a run folder if the run is finished and those asked for are current.

    It is finished with the epochs and the patience of the job: those of the run in the folder may
    be others.
    """
    from ..fitting.checkpoints import BEST, CONFIG, LAST, is_finished, read_checkpoint
    from ..scores.scores_file import current, read_scores, scores_name

    file = job.folder / scores_name(job.part)
    needed = [*(job.folder / name for name in (CONFIG, BEST, LAST)), file]
    if not all(path.is_file() for path in needed):
        return None
    try:
        there = read_config(job.folder / CONFIG)
        if there.differing(job.config):
            return None
        last = read_checkpoint(job.folder / LAST)
        longer = last["dsounds"]["epoch"] > job.config.training.epochs
        if longer or not is_finished(last, job.config):
            return None
        scores = read_scores(file)
    except DsoundsError:
        return None  # the worker meets it again, and tells what it is
    about = scores["computed_from"]
    same = about.get("checkpoint_sha256") == file_sha256(job.folder / BEST)
    whole = same and about.get("finished") and about.get("part") == job.part
    return scores if whole and current(scores, job.scores) else None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the lines of a run from the screen, on which many run at once, and use one thread."""
    from ..fitting.threads import one_thread

    with one_thread(), redirect_stderr(io.StringIO()), redirect_stdout(io.StringIO()):
        yield
