"""recordings.csv: where each clip of an imported corpus comes from, and how it was labelled.

There is one row for each clip, in order: clip, file, sha256 (of the recording), start_sample (at 16
kHz), part, then the label of every factor. Its own sha256 is the corpus's `choice_sha256`, so it
belongs to what identifies the corpus, and labels can be checked against it. Its format stands in
the recipe of corpus.json as `table`; the first version wrote none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import DsoundsError
from ...hashing import file_sha256
from ...settings import NewerFile
from ..factors.splits import PARTS
from ..reading.corpus import Corpus
from ..storage import atomic_files
from ..storage.manifest import Manifest
from .segment_plan import Segment

FILE = "recordings.csv"
FORMAT = "dsounds recordings 1"
_OWN = ("clip", "file", "sha256", "start_sample", "part")


@dataclass(frozen=True)
class Origin:
    """The origin of a clip. `labels` are in the order of the corpus's factors."""

    file: str
    sha256: str
    start_sample: int
    part: str
    labels: tuple[str, ...]


def write(path: Path, segments: Iterable[Segment], names: Iterable[str]) -> None:
    """Write the whole table. `names` are those of the factors."""
    names = list(names)
    with (
        atomic_files.atomic_write(path) as place,
        open(place, "w", encoding="utf-8", newline="") as file,
    ):
        out = csv.writer(file, lineterminator="\n")
        out.writerow([*_OWN, *names])
        for clip, one in enumerate(segments):
            labels = [one.recording.labels[name] for name in names]
            own = (clip, one.recording.file, one.sha256, one.start_sample, one.part)
            out.writerow([*own, *labels])


def read(folder: Path, manifest: Manifest) -> Iterator[Origin]:
    """Yield the rows of a corpus's table.

    Raises
    ------
    NewerFile
        If it has a format that this version does not know.
    DsoundsError
        If it is missing, or not the one that the corpus was made with.
    """
    path = folder / FILE
    name = manifest.recipe.get("table", FORMAT)
    if name != FORMAT:
        raise NewerFile(
            f"{path} was made by a newer dsounds: it has format {name!r}, this version reads "
            f"{FORMAT!r}"
        )
    try:
        found = file_sha256(path)
    except OSError as error:
        raise DsoundsError(f"{path} cannot be read: {atomic_files.reason(error)}") from None
    if found != manifest.choice_sha256:
        raise DsoundsError(f"{path} is damaged: its sha256 is not the one in corpus.json")
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for row in rows:
            _, name, sha256, start, part, *labels = row
            yield Origin(name, sha256, int(start), part, tuple(labels))


def wrong_labels(corpus: Corpus) -> list[str]:
    """Return the faults of an imported corpus's shards against its table; [] where none are."""
    assert corpus.folder is not None
    try:
        rows = list(read(corpus.folder, corpus.manifest))
    except NewerFile:
        raise
    except DsoundsError as error:
        return [str(error)]
    if len(rows) != len(corpus):
        return [f"{FILE} has {len(rows)} clips, the corpus {len(corpus)}"]
    factors = corpus.space.factors
    places = [{name: n for n, name in enumerate(factor.names)} for factor in factors]
    classes = np.array(
        [
            [place.get(label, -1) for place, label in zip(places, one.labels, strict=True)]
            for one in rows
        ]
    )
    if (classes < 0).any():
        return [f"{FILE} has labels that the corpus does not know"]
    checks = {
        "classes": corpus.classes != classes,
        "values": corpus.values != corpus.space.values(classes),
        "index": corpus.index != corpus.space.index(classes),
        "part": corpus.parts() != np.array([PARTS.index(one.part) for one in rows]),
    }
    return [
        f"{name} of {int(wrong.sum())} clips is not that of {FILE}, first of clip {wrong.argmax()}"
        for name, unequal in checks.items()
        if (wrong := np.atleast_2d(unequal.T).any(axis=0)).any()
    ]
