"""The command `train`: its options are the settings of the family that is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_type_hints

import tyro

from ..errors import DsoundsError
from .arguments import given, values_of

if TYPE_CHECKING:
    from ..train.settings.config import RunConfig

_POSITIONAL = tyro.conf.Positional


def train_from(arguments: list[str]) -> Callable[..., None]:
    """Return the command `train` for a command line: with the family's settings as options.

    Raises
    ------
    DsoundsError
        If the family or the preset is unknown, or the family is not what follows `train`.
    """
    match arguments:
        case ["train", name, *rest] if not name.startswith("-"):
            _refuse_many_runs(name, rest)
            return _train(name, given(rest, "--preset"))
        case ["train", name, *_] if name not in ("-h", "--help"):
            raise DsoundsError(f"got {name} for a family: dsounds train FAMILY comes first")
    return train


def _refuse_many_runs(family: str, arguments: list[str]) -> None:
    """Raise DsoundsError where a seed or a setting has several values: those are many runs."""
    values = values_of(arguments)
    if not any(len(own) > 1 or "," in "".join(own) for own in values.values()):
        return
    from ..train.experiments.several_values import command, settings_with_several

    many = settings_with_several(family, values)
    if many:
        raise DsoundsError(
            f"several values of {' and '.join(many)} are given, and a run has one each; many runs, "
            f"side by side, with their medians and ranges: {command(family, values, many)}"
        )


def train() -> None:
    """Train a model on a corpus: dsounds train FAMILY; without FAMILY, list the families."""
    from ..train.models.registry import FAMILIES

    width = max(map(len, FAMILIES.names))
    for name in FAMILIES.names:
        print(f"{name:<{width}}  {FAMILIES.summary(name)}")
    print("\ndsounds train FAMILY --help shows all settings of a family")


def _train(name: str, preset: str | None) -> Callable[..., None]:
    from ..train.settings.presets import configure

    start = configure(name, preset=preset)
    presets = start.row.presets

    def train(
        family: Annotated[str, _POSITIONAL],
        corpus: str,
        out: Path | None = None,
        preset: str = preset or next(iter(presets)),
        split: str = "",
        seed: int = 0,
        model: Any = start.model,
        objective: Any = start.objective,
        training: Any = start.training,
        features: Any = start.features,
    ) -> None:
        """Train a model on a corpus; resume a run after an interruption, or with more epochs.

        Parameters
        ----------
        family
            which model and objective: dsounds train lists the families
        corpus
            folder of the corpus; or a recipe, whose clips are rendered as they are needed
        out
            run folder (default: runs/FAMILY)
        preset
            named settings, from which the options below start
        split
            which split of the corpus tells training from validation (default: its first)
        seed
            seed of weights, batches and noise; dsounds sweep trains several, and grids of settings
        """
        parts: dict[str, Any] = {
            "model": model,
            "objective": objective,
            "training": training,
            "features": features,
        }
        config = replace(start, corpus=corpus, split=split, seed=seed, **parts)
        _run(config, out or Path("runs") / family.replace(":", "."))

    # tyro reads types from here; those of the settings depend on the family
    own: dict[str, Any] = {
        part: Annotated[
            type(getattr(start, part)), tyro.conf.OmitArgPrefixes, tyro.conf.FlagConversionOff
        ]
        for part in ("model", "objective", "training")
    }
    own["features"] = Annotated[type(start.features), tyro.conf.FlagConversionOff]
    own["preset"] = Literal[tuple(presets)]
    train.__annotations__ = get_type_hints(train, globals(), include_extras=True) | own
    return train


def _run(config: RunConfig, folder: Path) -> None:
    """Train the run in its folder, on the corpus that is there or that the folder knows."""
    from ..datasets.reading.opening import find_corpus
    from ..train.fitting.checkpoints import CONFIG
    from ..train.fitting.processes import this_process
    from ..train.fitting.run import train_on_corpus
    from ..train.fitting.run_data import asked_split
    from ..train.settings.config_file import read_config

    there = folder / CONFIG
    known_as = read_config(there).corpus_id if there.is_file() else ""
    corpus = find_corpus(config.corpus, known_as)
    split = asked_split(config, corpus, folder)
    train_on_corpus(replace(config, corpus_id=corpus.id, split=split), folder)
    if this_process().writes:
        print(f"trained in {folder}; score it with: dsounds evaluate {folder}")
