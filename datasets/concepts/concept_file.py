"""Concepts of a corpus in one HDF5 file, for any reader: `dsounds concepts CORPUS --out FILE`.

    khot (N, S) uint8                      which symbols are true of each clip; attribute
                                           vocabulary: JSON, a symbol in a row: name, kind, where
                                           (classes that it allows, factor by factor), parents
    labelled/clip (P,) int64               clips with a label
    labelled/said (P, S) uint8             what it says
    held_out/text (H,) strings             recombinations that no label shows
    held_out/khot (H, S) uint8             their symbols, those that they imply among them
    held_out/clips (N,) uint8              whether a clip is of one of them
    test/clip, test/concept (T,) int64     clips to test them, and which each shows
    recombinations/train, recombinations/test:
        operator (M,) uint8                attribute names: AND, IN COMMON, IGNORE
        first, second, result (M, S) uint8
        clip (M,) int64                    a clip of the result

The attributes of the file are corpus_id, factors, split and recipe, and checksum, which says that a
line with a checksum follows (`storage.checksum_line`). The same corpus and recipe give the same
bytes.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ...errors import DsoundsError
from ...settings import NewerFile, from_table
from ..factors.space import FactorSpace
from ..reading.corpus import Corpus
from ..storage import atomic_files, checksum_line, hdf5
from ..storage.destination import new_file
from ..storage.formats import newer
from ..storage.shard_content import plain
from ..symbols.vocabulary import Vocabulary
from . import recombine
from .concept import Concept
from .pairs import ConceptPairs, PairRecipe, draw_pairs
from .recombine import Recombinations

FORMAT = "dsounds concepts 1"
_KIND, _CHECKSUM = "concepts", "crc32"


@dataclass(frozen=True)
class ConceptFile:
    """The content of a file.

    `train` and `test` are examples of the operators; `test` is None where nothing is held out.
    """

    corpus_id: str
    split: str
    recipe: PairRecipe
    pairs: ConceptPairs
    train: Recombinations
    test: Recombinations | None


def draw(
    corpus: Corpus, recipe: PairRecipe | None = None, split: str | None = None, examples: int = 1000
) -> ConceptFile:
    """Draw labels, with what they hold out, and `examples` of the operators to train them on.

    The errors are those of `draw_pairs`.
    """
    recipe, split = recipe or PairRecipe(), split or corpus.splits[0]
    pairs = draw_pairs(corpus, recipe, split)
    train = recombine.to_train(pairs, examples, recipe.seed)
    test = recombine.to_test(pairs, recipe.seed) if pairs.held_out else None
    return ConceptFile(corpus.id, split, recipe, pairs, train, test)


def write(content: ConceptFile, out: str | Path) -> None:
    """Write the new file `out`. DsoundsError is raised if it exists or cannot be written."""
    with new_file(Path(out)) as place:
        with hdf5.create(place) as file:
            _fill(file, content)
        with open(place, "rb+") as raw:
            checksum_line.append(raw, _KIND)


def _fill(file: h5py.File, content: ConceptFile) -> None:
    pairs, vocabulary = content.pairs, content.pairs.vocabulary
    file.attrs.update(
        format=FORMAT,
        checksum=_CHECKSUM,
        corpus_id=content.corpus_id,
        factors=json.dumps(vocabulary.space.table()),
        split=content.split,
        recipe=json.dumps(asdict(content.recipe)),
    )
    khot = file.create_dataset("khot", data=pairs.khot)
    khot.attrs["vocabulary"] = json.dumps(vocabulary.table())
    shape = (len(pairs.held_out), len(vocabulary))
    data: dict[str, Any] = {
        "labelled/clip": pairs.clip,
        "labelled/said": pairs.said,
        "held_out/khot": np.reshape([concept.khot for concept in pairs.held_out], shape),
        "held_out/clips": pairs.held.view(np.uint8),
        "test/clip": pairs.test_clip,
        "test/concept": pairs.test_concept,
    }
    texts = [str(concept) for concept in pairs.held_out]
    file.create_dataset("held_out/text", data=texts, dtype=h5py.string_dtype())
    for name, array in data.items():
        file.create_dataset(name, data=np.asarray(array))
    for part, examples in (("train", content.train), ("test", content.test)):
        if examples is not None:
            _write_examples(file.create_group(f"recombinations/{part}"), examples)


def _write_examples(group: h5py.Group, examples: Recombinations) -> None:
    for own in fields(examples):
        group.create_dataset(own.name, data=getattr(examples, own.name))
    group["operator"].attrs["names"] = list(recombine.NAMES)


def read(path: str | Path, corpus: Corpus | None = None) -> ConceptFile:
    """Read a file that `write` wrote.

    Parameters
    ----------
    corpus
        The corpus that it must be of.

    Raises
    ------
    NewerFile
        If a newer dsounds wrote what this one does not know.
    DsoundsError
        If there is no such file, if it is damaged, or if it is of another corpus.
    """
    try:
        sealed = checksum_line.there(Path(path), _KIND) is not None
        if sealed and not checksum_line.unbroken(Path(path), _KIND):
            raise _damaged(path)
        with h5py.File(path, "r") as file:
            name = file.attrs.get("format")
            if newer(name, FORMAT):
                raise NewerFile(
                    f"{path} was made by a newer dsounds: it has format {name!r}, this version "
                    f"reads {FORMAT!r}"
                )
            if name != FORMAT:
                raise DsoundsError(f"{path} is no file of concepts: its format is not {FORMAT!r}")
            if "checksum" in file.attrs and not sealed:
                raise _damaged(path)
            content = _content(file, str(path))
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        raise DsoundsError(f"{path} cannot be read: {atomic_files.reason(error)}") from None
    if not sealed:
        warnings.warn(
            f"{path} is of an earlier version and has no checksum, so damage to it would not be "
            "noticed: dsounds concepts makes it again with one",
            stacklevel=2,
        )
    if corpus is not None and corpus.id != content.corpus_id:
        raise DsoundsError(
            f"{path} is of corpus {content.corpus_id}, not of {corpus.name}, which is {corpus.id}"
        )
    return content


def _damaged(path: str | Path) -> DsoundsError:
    return DsoundsError(
        f"{path} is damaged (its checksum is another): remove it, and make it again with dsounds "
        "concepts"
    )


def _content(file: h5py.File, where: str) -> ConceptFile:
    space = FactorSpace.from_table(json.loads(file.attrs["factors"]))
    vocabulary = Vocabulary.from_table(json.loads(plain(file, "khot").attrs["vocabulary"]), space)
    held_out = [Concept.of_khot(vocabulary, row) for row in plain(file, "held_out/khot")[()]]
    recipe = from_table(PairRecipe, json.loads(file.attrs["recipe"]), where, stored=True)
    pairs = ConceptPairs(
        vocabulary,
        plain(file, "khot")[()],
        plain(file, "labelled/clip")[()],
        plain(file, "labelled/said")[()],
        tuple(held_out),
        plain(file, "held_out/clips")[()].view(bool),
        plain(file, "test/clip")[()],
        plain(file, "test/concept")[()],
    )
    train = _examples(file, "recombinations/train")
    test = _examples(file, "recombinations/test") if "recombinations/test" in file else None
    return ConceptFile(file.attrs["corpus_id"], file.attrs["split"], recipe, pairs, train, test)


def _examples(file: h5py.File, place: str) -> Recombinations:
    names = [own.name for own in fields(Recombinations)]
    return Recombinations(**{name: plain(file, f"{place}/{name}")[()] for name in names})
