"""The content of the folders that a report reads: scores, and of runs the model and its metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DsoundsError
from ...settings import require, to_table
from ...synth.features import LogMelSettings
from ..fitting.checkpoints import CONFIG, LoadedRun, load_run
from ..fitting.metrics_csv import METRICS, Metrics, checked_metrics
from ..fitting.run_data import RunData, open_run_data
from ..scores.evaluate import scores_of_run
from ..scores.scores_file import SCORES_JSON, read_scores


@dataclass(frozen=True)
class Entry:
    """One model of a report. `result` is the content of its scores.json."""

    name: str
    folder: Path
    result: dict[str, Any]

    @property
    def kind(self) -> str:
        """The kind of the model, in a word or two."""
        return "own model"

    @property
    def about(self) -> str:
        """The text below the name: the kind, and the sizes of the codes."""
        there = self.result["computed_from"]
        sizes = [f"{key} {there[f'{key}_dim']}" for key in "vz" if f"{key}_dim" in there]
        return ", ".join([self.kind] * (self.kind != self.name) + sizes)

    @property
    def scores(self) -> Mapping[str, float | None]:
        """The flat scores; None where one has no value."""
        return self.result["scores"]

    @property
    def factors(self) -> Mapping[str, Mapping[str, float | None]]:
        """The scores per static factor."""
        return self.result["factors"]


@dataclass(frozen=True)
class TrainedEntry(Entry):
    """A run of a report: the rows of its metrics.csv, and whether they have checksums."""

    run: LoadedRun
    metrics: list[dict[str, str]]
    sealed: bool

    @property
    def kind(self) -> str:
        """The family."""
        return self.run.config.family

    @property
    def parameters(self) -> int:
        """The number of trained weights; a snapshot of the global encoder does not count."""
        return sum(p.numel() for p in self.run.model.parameters() if p.requires_grad)

    @property
    def metrics_notes(self) -> list[str]:
        """Return what a reader of its curves must know: epochs that are lost, unchecked rows."""
        there = {int(row["epoch"]) for row in self.metrics}
        lost = sorted({*range(1, self.run.epoch + 1)} - there)
        notes = []
        if lost:
            notes.append(
                f"{self.name} lacks the rows of {len(lost)} epochs (the first is {lost[0]}) in "
                f"{METRICS}, where they were damaged or removed."
            )
        if not self.sealed:
            notes.append(
                f"{self.name} has a {METRICS} of an earlier version, without checksums: damage to "
                "its numbers would not be noticed."
            )
        return notes

    @property
    def seconds(self) -> float:
        """The time that training took."""
        return sum(float(row["seconds"]) for row in self.metrics)


def gather(folders: list[Path], progress: bool = False) -> tuple[list[Entry], RunData]:
    """Open runs and their common corpus, and scores of other models on that corpus.

    A run without current scores is evaluated. A folder that holds scores.json but no run is that of
    somebody's own model. With `progress` a bar is shown while a run is evaluated.
    """
    require(len(folders) > 0, "no run is given; name one or more run folders")
    _check_distinct(folders)
    runs = {folder: load_run(folder) for folder in folders if not _scores_only(folder)}
    require(
        len(runs) > 0,
        "only folders of scores are given, but a report needs the corpus of a run: name at least "
        "one run folder",
    )
    _check_comparable(runs)
    data = open_run_data(next(iter(runs.values())).config)
    own = {folder: _own_scores(folder, data) for folder in folders if folder not in runs}
    names = _names(folders, own)
    metrics = {folder: _metrics(folder) for folder in runs}  # a damaged one is told of first
    entries: list[Entry] = []
    for name, folder in zip(names, folders, strict=True):
        if folder in own:
            entries.append(Entry(name, folder, own[folder]))
        else:
            result = scores_of_run(folder, runs[folder], data, progress)
            rows, sealed = metrics[folder].rows, metrics[folder].sealed
            entries.append(TrainedEntry(name, folder, result, runs[folder], rows, sealed))
    return entries, data


def _scores_only(folder: Path) -> bool:
    return (folder / SCORES_JSON).exists() and not (folder / CONFIG).exists()


def _check_distinct(folders: list[Path]) -> None:
    resolved = [folder.resolve() for folder in folders]
    for folder in folders:
        require(resolved.count(folder.resolve()) == 1, f"{folder} is given twice")


def _check_comparable(runs: dict[Path, LoadedRun]) -> None:
    """Refuse runs whose errors are not in the same units or not on the same clips."""
    folders = list(runs)
    first = runs[folders[0]].config
    for folder, run in runs.items():
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


def _names(folders: list[Path], own: Mapping[Path, dict[str, Any]]) -> list[str]:
    """Return the names of own models and of run folders where these differ, else whole paths."""
    short = [
        own.get(folder, {}).get("computed_from", {}).get("name") or folder.resolve().name
        for folder in folders
    ]
    return short if len(set(short)) == len(short) else [str(folder) for folder in folders]


def _metrics(folder: Path) -> Metrics:
    try:
        return checked_metrics(folder / METRICS)
    except OSError as error:
        raise DsoundsError(
            f"{folder / METRICS} cannot be read ({error.strerror}); was it removed or only a part "
            "of the run folder copied?"
        ) from None


def _own_scores(folder: Path, data: RunData) -> dict[str, Any]:
    """Return the scores of somebody's own model. Those of other clips raise DsoundsError."""
    result = read_scores(folder / SCORES_JSON)
    there = result["computed_from"]
    for key, wanted in (
        ("corpus_id", data.corpus.id),
        ("split", data.split),
        ("part", data.part),
        ("features", to_table(data.settings)),
    ):
        got = there.get(key)
        if key == "features" and isinstance(got, dict):  # settings that came later are neutral
            got = to_table(LogMelSettings()) | got
        require(
            got == wanted,
            f"the scores in {folder} are of {key} {got!r}, those of the runs of {wanted!r}, so "
            "they cannot be compared: score the model on the same clips and log-mel",
        )
    return result
