"""Scores of a run against its corpus's true labels: scores.json in the run folder, and a table."""

import math
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ...datasets.storage import atomic_files
from ...hashing import file_sha256
from ...settings import require
from ..fitting.checkpoints import CONFIG, LoadedRun, load_run
from ..fitting.run_data import RunData, open_run_data
from ..settings.config_file import read_config
from .evaluation_data import clips_of, counterfactuals_of
from .score import score
from .swaps import chance

SCORES = "scores.json"
LIBRARIES = ("dsounds", "torch", "numpy", "scikit-learn")


def evaluate(
    run_path: Path | str,
    corpus: Path | str | None = None,
    seed: int = 0,
    part: str = "validation",
) -> dict[str, Any]:
    """Score a run's best checkpoint and write scores.json; see `scores_path` for other names.

    Parameters
    ----------
    corpus
        Another corpus than the run's own, to see how the model carries over.
    seed
        Draws the partners of the swaps.
    part
        Whose clips are scored: "validation", or "test", which no choice was made by.

    Raises
    ------
    DsoundsError
        If the part has fewer than two clips.

    Returns
    -------
    dict
        "scores": flat numbers (None where one has no value, with the reason in "notes");
        "factors": the same as a table; "computed_from".
    """
    run = load_run(run_path)
    material = open_run_data(run.config, corpus, part=part)
    require(
        len(material.scored) >= 2,
        f"the {part} part of {material.corpus.name} has {len(material.scored)} clips, scores "
        f"need at least 2; was the corpus made without a {part} part?",
    )
    scores = score(
        run.model,
        clips_of(material, material.train),
        clips_of(material, material.scored),
        counterfactuals=counterfactuals_of(material, material.scored, seed),
        prior=run.model.prior_v,
        seed=seed,
    )
    result = {
        "scores": _plain(scores.values),
        "factors": {name: _plain(row) for name, row in scores.factors.items()},
        "notes": [*_progress_notes(run), *scores.notes],
        "computed_from": _computed_from(run, material, seed),
    }
    atomic_files.write_json(scores_path(run_path, result), result)
    return result


def scores_path(run_path: Path | str, result: dict[str, Any]) -> Path:
    """Return the file of a run's scores: scores.json, of another part or corpus scores-NAME.json.

    A run made by hand, without a corpus id, counts every corpus as its own.
    """
    folder, about = Path(run_path), result["computed_from"]
    own = read_config(folder / CONFIG).corpus_id
    other = [] if own in ("", about["corpus_id"]) else [about["corpus_id"]]
    names = [*other, *([about["part"]] * (about["part"] != "validation"))]
    return folder / (f"scores-{'-'.join(names)}.json" if names else SCORES)


def table(result: dict[str, Any]) -> str:
    """Return the scores as lines for a terminal."""
    about = result["computed_from"]
    columns = ("f1_input", "f1_reconstruction", "f1_global", "f1_local")
    heads = ("input", "reconstructed", "global swap", "local swap", "chance")
    width = max([12, *(len(name) for name in result["factors"])])
    lines = [
        f"{about['method']}, z {about['z_dim']}: epoch {about['epoch']}, stage {about['stage']}, "
        f"{about['scored_clips']} {about['part']} clips of {about['corpus']}",
        f"split {about['split']}: {about['train_clips']} training clips for the LDA",
        "",
        "LDA macro-F1 from v".ljust(width + 8) + "".join(f"{head:>16}" for head in heads),
    ]
    for name, row in result["factors"].items():
        cells = [*(row[column] for column in columns), chance(row)]
        lines.append(f"  {name}".ljust(width + 8) + "".join(f"{cell:16.3f}" for cell in cells))
    lines += ["", *_figures(result["scores"])]
    return "\n".join([*lines, *(f"note: {note}" for note in result["notes"])])


FIGURES = (
    ("counterfactual_error", "true counterfactual error", "0: as good as resynthesis, 1: no swap"),
    ("v_effect", "effect of v on the output", "mean square, log-mel"),
    ("reconstruction_mse", "reconstruction error", "mean square, log-mel"),
    ("v_kl_standard", "KL_v to N(0, 1)", "nats"),
    ("v_kl_prior", "KL_v to the prior used", "nats"),
    ("v_active_units", "active units of v", "dimensions whose mean varies by more than 0.01"),
)


def _figures(scores: dict[str, float | None]) -> list[str]:
    """Return a line for each figure that must stand beside F1."""
    lines = []
    for key, label, unit in FIGURES:
        value = scores.get(key)
        shown = "-" if value is None else f"{value:.3f}"
        lines.append(f"{label:<28}{shown:>10}  {unit}")
    return lines


def _progress_notes(run: LoadedRun) -> list[str]:
    if run.finished:
        return []
    return [f"the run is not finished: its weights are those of epoch {run.epoch}"]


def identity(run: LoadedRun, material: RunData) -> dict[str, Any]:
    """Return which weights and which clips scores belong to; a part of "computed_from"."""
    return {
        "method": run.config.family,
        "z_dim": run.config.model.z_dim,
        "checkpoint": run.checkpoint.name,
        "checkpoint_sha256": file_sha256(run.checkpoint),
        "epoch": run.epoch,
        "stage": run.stage,
        "finished": run.finished,
        "corpus_id": material.corpus.id,
        "split": material.split,
        "part": material.part,
    }


def _computed_from(run: LoadedRun, material: RunData, seed: int) -> dict[str, Any]:
    return {
        **identity(run, material),
        "corpus": material.corpus.name,
        "train_clips": len(material.train),
        "scored_clips": len(material.scored),
        "seed": seed,
        "versions": {name: version(name) for name in LIBRARIES},
    }


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    """Return numbers that JSON knows: it has no nan."""
    return {key: None if math.isnan(value) else value for key, value in values.items()}
