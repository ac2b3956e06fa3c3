"""A run's config from a preset: settings that work together, some of them changed.

Of DSAE and its relatives, "fast" reaches F1 1 / 1 / 1 in seconds on 600 clips; so do the authors'
own code and "released" with batches of 32 and C = 10. "paper" is sec. 5.2
of Luo et al. 2022 with Eq 2 as written. "released" takes from the authors' code, where it differs
from the paper, what changes the objective and the features: means instead of sums, a floor of
2.2e-16 (silence at -36.04), clips mirrored at their ends. It leaves out:

- there the validation loss that early stopping and the best checkpoint watch has the four swap
  terms from epoch C on and is not reset at C, so that the best model can be one of stage 1; here
  it is Eq 2, in the last stage only, as in the paper;
- there the random partner of a clip may be the clip itself; here it never is;
- there the prior of z_1 is N(0, 1); here, as of any z_t, what the transition network makes of the
  z before it, of none at first;
- there, with full q, gradients reach v by the frozen local encoder in stage 1; here they do not.
"""

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...errors import DsoundsError, suggestion
from ...settings import field_names, flags, require
from ...synth.features import LogMelSettings
from ..models.family import Family, Preset
from ..models.registry import FAMILIES
from .config import RunConfig, TrainingConfig

_PAPER = {
    "standardise": False,
    "reconstruction_weight": 1.0,
    "swaps": "both",
    "epochs": 4000,
    "stage1_epochs": 300,
    "batch_size": 128,
    "learning_rate": 1e-3,
    "patience": 300,
}
DSAE_PRESETS = {
    "fast": Preset(
        "small batches, large steps, standardised input, a quarter of the clips swapped: seconds",
        {"swap_share": 0.25},
    ),
    "paper": Preset("as published: raw log-mel, Eq 2 as written, both swaps: hours", _PAPER),
    "released": Preset(
        "the authors' objective: means over dimensions, both swaps: hours",
        _PAPER | {"scaling": "released"},
        {"floor": sys.float_info.epsilon, "padding": "reflect"},
    ),
}


def configure(
    family: str = "ts-dsae",
    corpus: str = "",
    *,
    preset: str | None = None,
    split: str = "",
    seed: int = 0,
    corpus_id: str = "",
    features: Mapping[str, Any] | None = None,
    **changes: Any,
) -> RunConfig:
    """Return a run's config: a preset with some fields changed.

    Parameters
    ----------
    family
        Its name, or `package.module:FAMILY`.
    preset
        A preset of the family; its first where none is given.
    features
        The fields of the log-mel that change.
    **changes
        Fields of the family's settings or of TrainingConfig by name (z_dim=8, epochs=50).

    Raises
    ------
    DsoundsError
        If the family, the preset or a field is unknown, or a value is out of range.
    """
    row = FAMILIES.load(family)
    name = preset or next(iter(row.presets))
    if name not in row.presets:
        known = ", ".join(row.presets)
        raise DsoundsError(
            f"unknown preset {name!r}{suggestion(name, row.presets)}: {family} has {known}"
        )
    chosen, owners = row.presets[name], setting_owners(row)
    values = {**chosen.settings, **changes}
    for key in values:
        if key not in owners:
            raise DsoundsError(f"unknown setting {key!r}{suggestion(key, owners)}")
    parts = {
        part: cls(**{key: value for key, value in values.items() if owners[key] == part})
        for part, cls in setting_classes(row).items()
    }
    log_mel = replace(LogMelSettings(**chosen.features), **(features or {}))
    return RunConfig(
        family=family,
        corpus=corpus,
        corpus_id=corpus_id,
        split=split,
        seed=seed,
        features=log_mel,
        **parts,
    )


def setting_classes(row: Family) -> dict[str, Any]:
    """Return the settings classes of a family's runs, whose fields are named without prefix."""
    return {"model": row.model, "objective": row.objective, "training": TrainingConfig}


def setting_owners(row: Family) -> dict[str, str]:
    """Return the part of a config to which each setting belongs: model, objective or training.

    Raises
    ------
    DsoundsError
        If two parts, or a part and the command line, use one name.
    """
    owners = dict.fromkeys(("family", "corpus", "out", "preset", "split", "seed", "features"), "")
    for part, cls in setting_classes(row).items():
        for name in field_names(cls):
            require(name not in owners, f"the setting {name!r} of the family's {part} is taken")
            owners[name] = part
    return {name: part for name, part in owners.items() if part}


def command_line(config: RunConfig) -> list[str]:
    """Return the fewest flags of `dsounds train FAMILY --corpus ...` that give a config."""
    presets = list(config.row.presets)
    lines = [_changed(config, preset) for preset in presets]
    lines = [
        (["--preset", preset] if preset != presets[0] else []) + line
        for preset, line in zip(presets, lines, strict=True)
    ]
    own = ["--split", config.split] if config.split else []
    own += ["--seed", str(config.seed)] if config.seed else []
    return [*own, *min(lines, key=len)]


def _changed(config: RunConfig, preset: str) -> list[str]:
    """Return a flag for each setting in which a config differs from a preset."""
    start = configure(config.family, preset=preset)
    return [
        flag
        for part in ("model", "objective", "training", "features")
        for flag in flags(
            getattr(config, part), getattr(start, part), "features." * (part == "features")
        )
    ]
