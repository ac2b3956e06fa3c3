"""What a report reads from run folders: model, scores, metrics; and whether they go together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DsoundsError
from ...settings import require
from ..fitting.checkpoints import LoadedRun, load_run
from ..fitting.metrics_csv import METRICS, read_metrics
from ..fitting.run_data import RunData, open_run_data
from ..scores.evaluate import scores_of_run


@dataclass(frozen=True)
class Entry:
    """One run of a report. result: content of scores.json; metrics: rows of metrics.csv."""

    name: str
    folder: Path
    run: LoadedRun
    result: dict[str, Any]
    metrics: list[dict[str, str]]

    @property
    def scores(self) -> dict[str, float | None]:
        """Flat scores; None where one has no value."""
        return self.result["scores"]

    @property
    def factors(self) -> dict[str, dict[str, float]]:
        """Swap scores per static factor."""
        return self.result["factors"]

    @property
    def parameters(self) -> int:
        """Number of trained weights; a snapshot of the global encoder does not count."""
        return sum(p.numel() for p in self.run.model.parameters() if p.requires_grad)

    @property
    def seconds(self) -> float:
        """Time that training took."""
        return sum(float(row["seconds"]) for row in self.metrics)


def gather(folders: list[Path]) -> tuple[list[Entry], RunData]:
    """Open runs and their common corpus; evaluate those without current scores."""
    require(len(folders) > 0, "no run is given; name one or more run folders")
    _check_distinct(folders)
    runs = [load_run(folder) for folder in folders]
    _check_comparable(folders, runs)
    material = open_run_data(runs[0].config)
    entries = [
        Entry(name, folder, run, scores_of_run(folder, run, material), _metrics(folder))
        for name, folder, run in zip(_names(folders), folders, runs, strict=True)
    ]
    return entries, material


def _check_distinct(folders: list[Path]) -> None:
    resolved = [folder.resolve() for folder in folders]
    for folder in folders:
        require(resolved.count(folder.resolve()) == 1, f"{folder} is given twice")


def _check_comparable(folders: list[Path], runs: list[LoadedRun]) -> None:
    """Refuse runs whose errors are not in the same units or not on the same clips."""
    first = runs[0].config
    for folder, run in zip(folders[1:], runs[1:], strict=True):
        # Runs made by hand may lack an id: then they must at least name the same folder.
        one, other = (c.corpus_id or str(Path(c.corpus).resolve()) for c in (first, run.config))
        require(
            one == other,
            f"{folders[0]} and {folder} were trained on different corpora ({one}, {other}); a "
            "report compares runs on one corpus: write one report for each",
        )
        require(
            first.split == run.config.split,
            f"{folders[0]} and {folder} were trained by different splits of the corpus "
            f"({first.split or 'its first'}, {run.config.split or 'its first'}), so what one was "
            "trained on the other is scored by: write one report for each",
        )
        require(
            first.features == run.config.features,
            f"{folders[0]} and {folder} read different features ({first.features}, "
            f"{run.config.features}), so their errors cannot be compared: write one report for "
            "each",
        )


def _names(folders: list[Path]) -> list[str]:
    """Return the folders' own names where these differ, else the whole paths."""
    short = [folder.resolve().name for folder in folders]
    return short if len(set(short)) == len(short) else [str(folder) for folder in folders]


def _metrics(folder: Path) -> list[dict[str, str]]:
    try:
        return read_metrics(folder / METRICS)
    except OSError as error:
        raise DsoundsError(
            f"{folder / METRICS} cannot be read ({error.strerror}); was it removed or only a part "
            "of the run folder copied?"
        ) from None
