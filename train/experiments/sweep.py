"""A sweep: every family with every combination of settings, several seeds, one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from ...datasets.reading.opening import find_corpus
from ...datasets.storage import atomic_files
from ...datasets.storage.own_files import COMPARISON, check_own
from ...errors import DsoundsError, suggestion
from ...settings import MOST, require, shortly, whole_number
from ...synth.features import LogMelSettings
from ..comparison import compare
from ..models.family import Family
from ..models.registry import FAMILIES
from ..scores.registry import QUICK, chosen, rows_in_order
from ..settings.presets import setting_classes, setting_owners
from .corpora import check_scored, make_features
from .engine import complain, run_all
from .results import Results, check_folder, collect, write_results
from .table import legend, table
from .variant import FEATURES, grid, jobs_of

TABLE = "table.md"


@dataclass(frozen=True)
class SweepOptions:
    """What is swept: see `dsounds sweep --help`. `settings` are texts NAME=VALUE,VALUE."""

    families: str
    corpus: str
    out: Path
    seeds: str = "0"
    settings: tuple[str, ...] = ()
    preset: str | None = None
    split: str = ""
    workers: int = 2
    scheduler: str | None = None
    scores: tuple[str, ...] = ()
    part: str = "validation"
    intervals: bool = False


def sweep(options: SweepOptions) -> Results:
    """Train and score all runs of a sweep, print and write its table, and return the results.

    Raises
    ------
    DsoundsError
        If something that was given is not allowed, or another command is at work in the folder,
        before anything is trained; and at the end, if some of the runs failed: the table has the
        others.
    """
    families, seeds = names_of(options.families), seeds_of(options.seeds)
    variants = [
        variant
        for family in families
        for variant in grid(
            [family],
            settings_of(FAMILIES.load(family), family, options.settings),
            preset=options.preset,
            split=options.split,
        )
    ]
    corpus = find_corpus(options.corpus)
    require(
        options.split in ("", *corpus.splits),
        f"unknown split {options.split!r}: {options.corpus} has {', '.join(corpus.splits)}",
    )
    check_scored(corpus, options.part, options.split)
    configs = [variant.config() for variant in variants]  # what is wrong is told first
    chosen(rows_in_order(), options.scores)
    with atomic_files.exclusive_lock(options.out, wait=False):
        check_folder(options.out, TABLE)
        check_own(options.out / compare.TABLE, COMPARISON)
        atomic_files.make_folder(options.out)
        make_features(corpus, configs)
        asked = (QUICK, *options.scores)
        jobs = jobs_of(variants, seeds, {"": corpus}, options.out, asked, options.part)
        outcomes = run_all(list(jobs.values()), options.workers, options.scheduler)
        results = collect(options.out.name, variants, jobs, outcomes)
        write_results(results, options.out)
        text = f"{table(results, intervals=options.intervals)}\n\n"
        text += f"{legend(results, intervals=options.intervals)}\n"
        atomic_files.write_text(options.out / TABLE, text)
        if len(seeds) > 1:
            scored = [job.folder for job in jobs.values() if outcomes[job.name].scores]
            text += _medians(options.out, scored)
    print(text)
    complain(list(outcomes.values()))
    return results


def _medians(out: Path, runs: Sequence[Path]) -> str:
    """Write the medians and ranges over the seeds of runs that have scores; return what is said."""
    if not runs:
        return ""
    atomic_files.write_text(out / compare.TABLE, compare.compare(runs).text())
    return f"\nmedians and ranges over the seeds: {out / compare.TABLE}\n"


def names_of(text: str) -> list[str]:
    """Return the names of families in "NAME,NAME"."""
    names = [name for name in text.split(",") if name]
    require(bool(names), "no family is given: dsounds sweep FAMILY[,FAMILY ...] --corpus CORPUS")
    require(len(set(names)) == len(names), f"families are {text!r}: one of them is given twice")
    return names


def seeds_of(text: str) -> list[int]:
    """Return the seeds in "0,1,2"."""
    parts = text.split(",")
    require(
        all(part.isdecimal() for part in parts),
        f"seeds are {shortly(text)}: integers from 0 with commas between them are needed, "
        "such as 0,1,2",
    )
    seeds = [whole_number(part) for part in parts]
    require(max(seeds) < MOST, f"seeds are {shortly(text)}: 18 digits at most are allowed")
    require(len(set(seeds)) == len(seeds), f"seeds are {shortly(text)}: one of them is given twice")
    return seeds


def settings_of(row: Family, family: str, texts: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values of each setting from texts NAME=VALUE,VALUE, as the settings' own types.

    Within a value of several numbers a space stands between them: encoder_hidden="64 64,128 128".

    Raises
    ------
    DsoundsError
        If a text has another form, or names a setting twice or one that the family does not have.
    """
    types, found = setting_types(row), dict[str, list[Any]]()
    for text in texts:
        name, equals, values = text.partition("=")
        name = name.strip().replace("-", "_")
        kind = types.get(name)
        empty = kind is str or get_origin(kind) is tuple  # no `initial`, or no `global_hidden`, say
        require(
            bool(equals and (values or empty)),
            f"--set is {text!r}: NAME=VALUE or NAME=VALUE,VALUE is needed, such as z_dim=8,16",
        )
        if name not in types:
            raise DsoundsError(
                f"{family} has no setting {name!r}{suggestion(name, types)}: dsounds train "
                f"{family} --help shows all of them"
            )
        require(name not in found, f"the setting {name} is given twice: put commas between values")
        found[name] = [parsed(types[name], value.strip()) for value in values.split(",")]
    return found


def setting_types(row: Family) -> dict[str, Any]:
    """Return the type of each setting of a family's runs, those of the log-mel with a prefix."""
    classes, owners = setting_classes(row), setting_owners(row)
    hints = {part: get_type_hints(cls) for part, cls in classes.items()}
    mel = get_type_hints(LogMelSettings)
    return {name: hints[part][name] for name, part in owners.items()} | {
        FEATURES + name: kind for name, kind in mel.items()
    }


def parsed(kind: Any, text: str) -> Any:
    """Return a value of a setting from its text; the text, where it does not fit the type.

    The settings refuse such a text themselves, in words.
    """
    value: Any = tuple(text.split()) if get_origin(kind) is tuple else text
    try:
        return TypeAdapter(kind).validate_python(value, strict=False)
    except ValidationError:
        return value
