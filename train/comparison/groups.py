"""Runs that differ in their seed alone are one model; folders of scores go by their name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DsoundsError
from ...settings import require, to_table
from ..fitting.checkpoints import CONFIG
from ..scores.evaluate import evaluate
from ..scores.scores_file import SCORES_JSON, read_scores
from ..settings.config_file import read_config

_SAME = ("corpus_id", "split", "part", "features")


@dataclass(frozen=True)
class Group:
    """A model. `scores` has the flat scores of each seed, by the seed."""

    name: str
    scores: Mapping[int, Mapping[str, float | None]]


def gather(folders: Sequence[Path]) -> list[Group]:
    """Return the models of run folders, and of folders with the scores.json of own models.

    A run that has no scores yet is scored. Own models of one name are numbered in their order.

    Raises
    ------
    DsoundsError
        If a folder is neither, two runs have the same settings and seed, or scores are of different
        clips.
    """
    require(len(folders) > 0, "no run is given: dsounds compare RUN RUN ...")
    tables: dict[str, dict[str, Any]] = {}
    found: dict[str, dict[int, tuple[Path, dict[str, Any]]]] = {}
    for folder in folders:
        key, table, seed = _identity(folder)
        own = found.setdefault(key, {})
        seed = len(own) if seed is None else seed
        if seed in own:
            raise DsoundsError(
                f"{own[seed][0]} and {folder} have the same settings and seed {seed}: each seed "
                "counts once"
            )
        tables[key] = table
        own[seed] = (folder, _scores(folder))
    _check_same_clips([one for own in found.values() for one in own.values()])
    names = _names(tables)
    return [
        Group(names[key], {seed: result["scores"] for seed, (_, result) in sorted(own.items())})
        for key, own in found.items()
    ]


def _identity(folder: Path) -> tuple[str, dict[str, Any], int | None]:
    """Return what runs of one model share, as text and as flat settings, and the seed."""
    if not (folder / CONFIG).exists():
        name = _scores(folder)["computed_from"].get("name") or folder.resolve().name
        return f"own {name}", {"family": name}, None
    table = to_table(read_config(folder / CONFIG))
    seed, corpus = table.pop("seed"), table.pop("corpus")
    if table.get("corpus_id"):
        corpus = ""
    flat = _flat({**table, "corpus": corpus})
    return json.dumps(flat, sort_keys=True), flat, seed


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in table.items():
        out |= _flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value}
    return out


def _scores(folder: Path) -> dict[str, Any]:
    path = folder / SCORES_JSON
    if not path.exists() and (folder / CONFIG).exists():
        return evaluate(folder)
    return read_scores(path)


def _check_same_clips(scored: Sequence[tuple[Path, dict[str, Any]]]) -> None:
    first, about = scored[0][0], scored[0][1]["computed_from"]
    for folder, result in scored[1:]:
        there = result["computed_from"]
        for key in _SAME:
            require(
                there.get(key) == about.get(key),
                f"the scores of {first} and {folder} are of different clips: {key} is "
                f"{about.get(key)!r} and {there.get(key)!r}",
            )


def _names(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return for each model its family and the settings in which those of that family differ."""
    names = {}
    for key, table in tables.items():
        alike = [one for one in tables.values() if one["family"] == table["family"]]
        differing = [name for name in table if any(one.get(name) != table[name] for one in alike)]
        told = [f"{name.rpartition('.')[2]}={table[name]}" for name in differing]
        names[key] = ", ".join([str(table["family"]), *told])
    return names
