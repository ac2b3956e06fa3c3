"""A variant: what a row of a table stands for, trained once for each seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from ...datasets import Corpus
from ...errors import DsoundsError
from ..scores.registry import QUICK
from ..settings.config import RunConfig
from ..settings.presets import configure
from .job import Job, job_of

FEATURES = "features."  # before the name of a setting of the log-mel
UNSAFE = str.maketrans({"/": "-", ":": "-", " ": "-"})


@dataclass(frozen=True)
class Variant:
    """A family with some settings, on a corpus.

    Parameters
    ----------
    settings
        What differs from the preset, by name, those of the log-mel as "features.NAME": these are
        the columns that tell variants apart, and a part of the names of their runs.
    common
        The same, for what all variants of a table share.
    corpus
        The name of the corpus; empty where there is one only.
    preset
        A preset of the family; None for its first.
    split
        A split of the corpus; its first where empty.
    label
        Words that tell the variant from others of its family, in place of columns of its settings.
    """

    family: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    common: Mapping[str, Any] = field(default_factory=dict)
    corpus: str = ""
    preset: str | None = None
    split: str = ""
    label: str = ""

    @property
    def name(self) -> str:
        """The name, which is that of no other variant of a table, and can be that of a folder."""
        told = [self.corpus] * bool(self.corpus) + [self.family]
        told += [self.label] * bool(self.label)
        told += [f"{key}={shown(value)}" for key, value in self.settings.items() if not self.label]
        return ",".join(told).translate(UNSAFE)

    @property
    def title(self) -> str:
        """What a table calls it: the family, and the label where it has one."""
        return f"{self.family}, {self.label}" if self.label else self.family

    def config(self, seed: int = 0, corpus: str = "", corpus_id: str = "") -> RunConfig:
        """Return the config of a run.

        Raises
        ------
        DsoundsError
            If a setting is unknown to the family, or its value is not allowed.
        """
        given = {**self.common, **self.settings}
        own = {key: value for key, value in given.items() if not key.startswith(FEATURES)}
        mel = {key.removeprefix(FEATURES): given[key] for key in given.keys() - own.keys()}
        where: dict[str, Any] = {"preset": self.preset, "split": self.split, "seed": seed}
        try:
            return configure(self.family, corpus, corpus_id=corpus_id, features=mel, **where, **own)
        except TypeError as error:  # a setting of the log-mel that there is not
            raise DsoundsError(f"{self.family}: {error}") from None
        except DsoundsError as error:
            raise DsoundsError(f"{self.name}: {error}") from None


def grid(
    families: Iterable[str], settings: Mapping[str, Sequence[Any]], **shared: Any
) -> list[Variant]:
    """Return a variant for each family and each combination of values, the last the fastest."""
    return [
        Variant(family, dict(zip(settings, values, strict=True)), **shared)
        for family in families
        for values in product(*settings.values())
    ]


def jobs_of(
    variants: Iterable[Variant],
    seeds: Sequence[int],
    corpora: Mapping[str, Corpus],
    out: Path,
    scores: tuple[str, ...] = (QUICK,),
    part: str = "validation",
) -> dict[tuple[int, int], Job]:
    """Return the job of each variant, by its number, and seed; `corpora` has them by name.

    `scores` are the names of those that are computed, on that part of the corpus.
    """
    from ..fitting.run_data import asked_split, stored_on  # torch takes a second to import

    jobs: dict[tuple[int, int], Job] = {}
    for number, variant in enumerate(variants):
        corpus = corpora[variant.corpus]
        place = str(corpus.folder.absolute()) if corpus.folder else corpus.name
        for seed in seeds:
            name = f"{variant.name},seed={seed}"
            given = variant.config(seed, place, corpus.id)
            config = stored_on(given, corpus, asked_split(given, corpus))
            jobs[number, seed] = job_of(name, config, out / "runs" / name, scores, part)
    return jobs


def shown(value: Any) -> str:
    """Return a value of a setting as it is written on a command line."""
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(map(shown, value)) if isinstance(value, tuple) else str(value)
