"""Scores of a run folder: from its corpus, into its scores.json."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...datasets.concepts.concept_file import ConceptFile
from ...errors import DsoundsError
from ...hashing import file_sha256
from ...settings import NewerFile, to_table
from ...synth.features import LogMelSettings
from ..fitting.checkpoints import CONFIG, LoadedRun, load_run
from ..fitting.run_data import RunData, open_run_data, split_of
from ..settings.config_file import read_config
from .data.decodable import DecodeFrom
from .data.evaluation_data import EvaluationData
from .evaluation import score
from .row import Score
from .scores_file import (
    NOT_ASKED,
    SCORES_JSON,
    content,
    current,
    read_scores,
    scores_name,
    write_scores,
)
from .sound.embedders.registry import load_embedders

# What decides whether scores belong to a run's weights and to these clips.
_IDENTITY = ("checkpoint_sha256", "epoch", "finished", "corpus_id", "split", "part")


def evaluate(
    run_path: Path | str,
    corpus: Path | str | None = None,
    seed: int = 0,
    part: str = "validation",
    more: Iterable[Score] = (),
    only: Sequence[str] = (),
    progress: bool = False,
    weights: Mapping[str, Path | str] | None = None,
    decode_from: DecodeFrom = "means",
) -> dict[str, Any]:
    """Score a run's best checkpoint and write scores.json; see `scores_path` for other names.

    Parameters
    ----------
    run_path
        The run folder.
    corpus
        Another corpus than the run's own, to see how the model carries over.
    seed
        Draws the partners of the swaps.
    part
        The clips that are scored: "validation", or "test", which no choice was made by.
    more
        Scores of one's own beside those of dsounds.
    only
        The names of the scores that are computed; all where empty. Others in scores.json stay, if
        they are of the same weights and clips.
    progress
        Whether to show a bar.
    weights
        Local files of the weights of embedders of sound, by the embedder's name; see
        `load_embedders`.
    decode_from
        Whether posterior means are decoded, or draws from the posteriors ("samples"); such scores
        have a file of their own.

    Returns
    -------
    dict
        "scores": flat numbers (None where one has no value, with the reason in "notes"); "factors":
        the same as a table; "rows": version, floor and ceiling of each score; "computed_from".

    Raises
    ------
    DsoundsError
        If the part has fewer than two clips, or a file of weights is not what is meant.
    """
    run = load_run(run_path)
    data = open_run_data(run.config, corpus, part=part)
    prior = getattr(run.model, "prior_v", None)
    concepts = _concepts(run, data)
    embedders = load_embedders(weights or {})
    all_data = EvaluationData.of_run_data(
        run.model, data, seed, prior, concepts, embedders, decode_from
    )
    found = score(all_data, more, only, progress)
    result = content(found)
    result["notes"] = [*_progress_notes(run), *found.notes]
    result["computed_from"] = {**identity(run, data), **found.computed_from}
    path = scores_path(run_path, result)
    return write_scores(path, _beside(path, result) if only else result)


def scores_of_run(
    folder: Path, run: LoadedRun, data: RunData, progress: bool = False
) -> dict[str, Any]:
    """Return the scores in a run folder if they are of these weights and clips, and current.

    They are computed otherwise, as `evaluate` does, with a bar where `progress` is true.

    Raises
    ------
    NewerFile
        If a newer version wrote the scores: they are left as they are.
    """
    try:
        result = read_scores(folder / SCORES_JSON)
    except NewerFile:
        raise
    except DsoundsError:
        return evaluate(folder, progress=progress)  # missing or damaged
    there, now = result["computed_from"], identity(run, data)
    same = all(there.get(key) == now[key] for key in _IDENTITY)
    return result if same and current(result) else evaluate(folder, progress=progress)


def _beside(path: Path, result: dict[str, Any]) -> dict[str, Any]:
    """Return new scores beside those in a file, where these are of the same weights and clips."""
    try:
        there = read_scores(path)
    except NewerFile:
        raise
    except DsoundsError:
        return result  # missing or damaged
    told = [
        {**one, "features": to_table(LogMelSettings()) | one.get("features", {})}
        for one in (there["computed_from"], result["computed_from"])
    ]
    if any(told[0].get(key) != told[1].get(key) for key in (*_IDENTITY, "seed", "features")):
        return result
    factors = {
        name: {**there["factors"].get(name, {}), **result["factors"].get(name, {})}
        for name in {**there["factors"], **result["factors"]}
    }
    rows = {
        name: there["rows"].get(name, row) if row.get("left_out") == NOT_ASKED else row
        for name, row in result["rows"].items()
    }
    return {
        **result,
        "scores": {**there["scores"], **result["scores"]},
        "rows": {**there["rows"], **rows},
        "factors": factors,
        "notes": list(dict.fromkeys([*there["notes"], *result["notes"]])),
    }


def scores_path(run_path: Path | str, result: dict[str, Any]) -> Path:
    """Return the file of a run's scores: scores.json, of another part or corpus scores-NAME.json.

    A run made by hand, without a corpus id, counts every corpus as its own.
    """
    folder, about = Path(run_path), result["computed_from"]
    own = read_config(folder / CONFIG).corpus_id
    other = "" if own in ("", about["corpus_id"]) else about["corpus_id"]
    return folder / scores_name(about["part"], other, about.get("decode_from", "means"))


def identity(run: LoadedRun, data: RunData) -> dict[str, Any]:
    """Return which weights and which clips scores belong to; a part of "computed_from"."""
    return {
        "family": run.config.family,
        "checkpoint": run.checkpoint.name,
        "checkpoint_sha256": file_sha256(run.checkpoint),
        "epoch": run.epoch,
        "stage": run.stage,
        "finished": run.finished,
        "corpus_id": data.corpus.id,
        "split": data.split,
        "part": data.part,
    }


def _concepts(run: LoadedRun, data: RunData) -> ConceptFile | None:
    """Return the labels of a run of a family of symbols; None on another corpus or split."""
    own, by = run.config.corpus_id, split_of(run.config, data.corpus)
    if run.family.concepts is None or (own or data.corpus.id, by) != (data.corpus.id, data.split):
        return None
    return run.family.concepts(data.corpus, run.config)


def _progress_notes(run: LoadedRun) -> list[str]:
    if run.finished:
        return []
    return [f"the run is not finished: its weights are those of epoch {run.epoch}"]
