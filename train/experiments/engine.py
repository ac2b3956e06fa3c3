"""Many runs at once, over the cores of this machine or a Dask cluster; resumable.

Runs that are finished and scored are taken as they are, and what was interrupted is resumed. A run
that fails is named with its error, and the others go on. Workers of a cluster must see the folders
of the corpora and of the runs under the same paths, and do one run at a time each.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import closing

from tqdm import tqdm

from ...datasets.generation.executors import check_scheduler, engine_for
from ...datasets.generation.retry import Failure, retried
from ...errors import DsoundsError
from ...settings import require
from .job import Job, Outcome, scores_there, train_and_score

_QUICK_ENCODERS = ("factorised", "convolutional", "taps")  # others: recurrent, or somebody's own
_SLOW_ENCODER = 3.0  # a step with a recurrent local encoder, in steps with a factorised one
_SLOW_DECODER = 5.0  # a step with a decoder that sees other frames, in steps with a plain one
_LINES = 20  # in a log file


def run_all(
    jobs: Sequence[Job], workers: int = 2, scheduler: str | None = None
) -> dict[str, Outcome]:
    """Train and score runs, and return what became of each by its name, in the given order.

    Parameters
    ----------
    jobs
        The runs, in folders of their own.
    workers
        Processes of this machine, each of which trains on one thread.
    scheduler
        The address of a Dask scheduler whose workers do it instead.

    Raises
    ------
    DsoundsError
        If two runs have one name, there are no workers, or no cluster is at the address.
    """
    names = [job.name for job in jobs]
    require(len(set(names)) == len(names), "two runs have one name: is a value given twice?")
    require(workers >= 1, f"workers is {workers}: at least 1 is needed")
    there = {job.name: scores_there(job) for job in jobs}
    found = {name: Outcome(name, scores) for name, scores in there.items() if scores}
    todo = sorted((job for job in jobs if job.name not in found), key=cost, reverse=True)
    if todo:
        check_scheduler(scheduler)
        engine = engine_for(min(workers, len(todo)), scheduler, threads=False)
        results = retried(engine, train_and_score, todo)
        with Progress(todo, len(found)) as progress, closing(results):
            try:
                for result in results:
                    outcome = _outcome(result)
                    found[outcome.name] = outcome
                    progress.add(outcome)
            except KeyboardInterrupt as stopped:
                results.throw(stopped)  # it ends the workers
    return {name: found[name] for name in names}


def _outcome(result: Outcome | Failure[Job]) -> Outcome:
    return Outcome(result.job.name, error=result.says) if isinstance(result, Failure) else result


def cost(job: Job) -> float:
    """Return about how long a run takes, in a unit of its own: it decides which run comes first."""
    model, training = job.table["model"], job.table["training"]
    encoder = model.get("local_encoder", "factorised") not in _QUICK_ENCODERS
    decoder = model.get("decoder", "frame") != "frame"
    slower = (_SLOW_ENCODER if encoder else 1.0) * (_SLOW_DECODER if decoder else 1.0)
    stages = len(job.config.row.stages)
    return float(training["epochs"] * slower * (1 + (stages > 1) / 2))


def complain(outcomes: Sequence[Outcome]) -> None:
    """Raise DsoundsError with the first of the runs that failed, if any did."""
    failed = [one for one in outcomes if one.error]
    if failed:
        said = "; ".join(f"{one.name}: {one.error}" for one in failed[:3])
        more = f"; and {len(failed) - 3} more" if len(failed) > 3 else ""
        raise DsoundsError(
            f"{len(failed)} of {len(outcomes)} runs failed ({said}{more}); the others are kept: "
            "the same command tries these again"
        )


class Progress:
    """One line: runs that are done, time passed and time left; in a log file about 20 lines."""

    def __init__(self, todo: Sequence[Job], taken: int) -> None:
        self.costs = {job.name: cost(job) for job in todo}
        self.taken, self.done, self.failed, self.spent = taken, 0, 0, 0.0
        self.start = time.monotonic()

    def __enter__(self) -> Progress:
        """Open the bar, which is off unless the error stream is a terminal."""
        self.bar = tqdm(
            total=len(self.costs),
            disable=None,
            desc="runs",
            bar_format="{desc} {bar:16} {n}/{total}{postfix}",
        )
        taken = f", {self.taken} are finished already" if self.taken else ""
        print(f"{len(self.costs)} runs to do{taken}", file=sys.stderr, flush=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the bar."""
        self.bar.close()

    def add(self, outcome: Outcome) -> None:
        """Count a run that is done, and name one that failed."""
        self.done += 1
        self.failed += bool(outcome.error)
        self.spent += self.costs[outcome.name]
        if outcome.error:
            tqdm.write(f"failed: {outcome.name}: {outcome.error}", file=sys.stderr)
        self.bar.set_postfix_str(self.text(), refresh=False)
        self.bar.update()
        count = len(self.costs)
        if self.bar.disable and (self.done % max(1, count // _LINES) == 0 or self.done == count):
            print(f"runs {self.done}/{count}  {self.text()}", file=sys.stderr, flush=True)

    def text(self) -> str:
        """Return the time passed and left, and how many runs failed."""
        passed = time.monotonic() - self.start
        left = passed * (sum(self.costs.values()) - self.spent) / self.spent
        failed = f"  {self.failed} failed" if self.failed else ""
        return f"{tqdm.format_interval(passed)} < {tqdm.format_interval(left)}{failed}"
