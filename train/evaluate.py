"""Scores of a run against its corpus's true labels: scores.json in the run folder, and a table."""

import math
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..datasets import files
from ..soundfonts.catalogue import file_sha256
from .checkpoints import CONFIG, LoadedRun, load_run
from .config import RunConfig
from .corpus import Material, clips_of, counterfactuals_of, open_material
from .scores import score
from .settings import read_toml
from .swaps import chance

SCORES = "scores.json"
LIBRARIES = ("dsounds", "torch", "numpy", "scikit-learn")


def evaluate(
    run_path: Path | str, corpus: Path | str | None = None, seed: int = 0
) -> dict[str, Any]:
    """Score a run's best checkpoint and write scores.json, or for another corpus scores-ID.json.

    Parameters
    ----------
    corpus
        Another corpus than the run's own, to see how the model carries over; see `scores_path`.
    seed
        Draws the partners of the swaps.

    Returns
    -------
    dict
        "scores": flat numbers (None where one has no value, with the reason in "notes");
        "factors": the same as a table; "computed_from".
    """
    run = load_run(run_path)
    material = open_material(run.config, corpus)
    scores = score(
        run.model,
        clips_of(material, material.train),
        clips_of(material, material.validation),
        counterfactuals=counterfactuals_of(material, material.validation, seed),
        prior=run.model.prior_v,
        seed=seed,
    )
    result = {
        "scores": _plain(scores.values),
        "factors": {name: _plain(row) for name, row in scores.factors.items()},
        "notes": [*_progress_notes(run), *scores.notes],
        "computed_from": _computed_from(run, material, seed),
    }
    files.write_json(scores_path(run_path, material.corpus.id), result)
    return result


def scores_path(run_path: Path | str, corpus_id: str) -> Path:
    """Return the file of a run's scores on a corpus: scores.json is for the run's own.

    A run made by hand, without a corpus id, has this file only.
    """
    folder = Path(run_path)
    own = read_toml(RunConfig, folder / CONFIG).corpus_id
    return folder / (SCORES if own in ("", corpus_id) else f"scores-{corpus_id}.json")


def table(result: dict[str, Any]) -> str:
    """Return the scores as lines for a terminal."""
    about = result["computed_from"]
    columns = ("f1_input", "f1_reconstruction", "f1_global", "f1_local")
    heads = ("input", "reconstructed", "global swap", "local swap", "chance")
    width = max([12, *(len(name) for name in result["factors"])])
    lines = [
        f"{about['method']}, z {about['z_dim']}: epoch {about['epoch']}, stage {about['stage']}, "
        f"{about['validation_clips']} validation clips of {about['corpus']}",
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


def identity(run: LoadedRun, material: Material) -> dict[str, Any]:
    """Return which weights and which corpus scores belong to; a part of "computed_from"."""
    return {
        "method": run.config.method,
        "z_dim": run.config.model.z_dim,
        "checkpoint": run.checkpoint.name,
        "checkpoint_sha256": file_sha256(run.checkpoint),
        "epoch": run.epoch,
        "stage": run.stage,
        "finished": run.finished,
        "corpus_id": material.corpus.id,
    }


def _computed_from(run: LoadedRun, material: Material, seed: int) -> dict[str, Any]:
    return {
        **identity(run, material),
        "corpus": material.corpus.name,
        "train_clips": len(material.train),
        "validation_clips": len(material.validation),
        "seed": seed,
        "versions": {name: version(name) for name in LIBRARIES},
    }


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    """Return numbers that JSON knows: it has no nan."""
    return {key: None if math.isnan(value) else value for key, value in values.items()}
