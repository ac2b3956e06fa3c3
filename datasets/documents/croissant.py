"""croissant.json: a corpus described for machines, as Croissant 1.1 has it (mlcommons.org).

Croissant can say of a corpus: its files with their sha256, and small tables written into the
description itself (factors, their values, the parts of its splits, the data sets of a shard), and
columns of CSV: the record set "clips" is clips.csv, a row for each clip with its shard, its labels
and its part of each split. It cannot say how to read sound out of HDF5: "datasets" says what to
read with h5py.
Croissant requires url, creator and datePublished, which are not known here. A corpus on a disk has
none of them; who publishes it adds them. There are no dates, so the same corpus gives the same
bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..storage.manifest import Manifest
from .card_fields import CardFields
from .clip_table import ClipTable

FILE = "croissant.json"
VERSION = "http://mlcommons.org/croissant/1.1"
# The terms of the specification's appendix 1, and others that mlcroissant needs.
_TERMS = (
    *("annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty"),
    *("excludes", "extract", "field", "fileObject", "fileProperty", "fileSet", "format"),
    *("includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path"),
    *("readLines", "recordSet", "references", "regex", "repeated", "replace", "samplingRate"),
    *("sdVersion", "separator", "source", "subField", "transform", "unArchive", "value"),
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}


def description(manifest: Manifest, facts: CardFields, clips: ClipTable) -> dict[str, Any]:
    """Return the content of croissant.json."""
    content: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": VERSION,
        "name": f"dsounds-{manifest.recipe['kind']}-{manifest.id}",
        "description": facts.description,
        "version": "1.0.0",
        "citeAs": f"{manifest.recipe['kind']} corpus {manifest.id} made with dsounds "
        f"{manifest.versions['dsounds']}",
        "keywords": ["audio", "disentanglement", "factors of variation", "sequences"],
        "distribution": [*_files(manifest), _file_of(clips)],
        "recordSet": [
            _columns(clips),
            _records("factors", "The factors of variation.", _factors(manifest), key="name"),
            _records("values", "The values of each factor.", _values(manifest)),
            _records("parts", "The parts of each split.", _parts(facts)),
            _records("datasets", "The HDF5 data sets of every shard.", _datasets(manifest)),
        ],
    }
    if facts.licence_url:
        content["license"] = facts.licence_url
    return content


def _files(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": shard["file"],
            "name": shard["file"],
            "description": f"clips {shard['start']} to {shard['stop'] - 1}",
            "contentUrl": shard["file"],
            "contentSize": f"{shard['bytes']} B",
            "encodingFormat": "application/x-hdf5",
            "sha256": shard["sha256"],
        }
        for shard in manifest.shards
    ]


def _file_of(clips: ClipTable) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": clips.file,
        "name": clips.file,
        "description": "a row for each clip: its shard, its labels, its part of each split",
        "contentUrl": clips.file,
        "contentSize": f"{clips.bytes} B",
        "encodingFormat": "text/csv",
        "sha256": clips.sha256,
    }


def _columns(clips: ClipTable) -> dict[str, Any]:
    """Return the record set whose records are the rows of clips.csv."""
    kinds = {"string": "sc:Text", "int64": "sc:Integer", "float64": "sc:Float"}
    return {
        "@type": "cr:RecordSet",
        "@id": "clips",
        "name": "clips",
        "description": "The clips: names, class indices and values of the factors, and the parts.",
        "key": {"@id": "clips/clip"},
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"clips/{name}",
                "name": name,
                "dataType": kinds[kind],
                "source": {"fileObject": {"@id": clips.file}, "extract": {"column": name}},
            }
            for name, kind in clips.columns.items()
        ],
    }


def _records(
    name: str, text: str, rows: Sequence[dict[str, Any]], key: str | None = None
) -> dict[str, Any]:
    """Return a record set whose records stand in the description. `rows` have the same keys."""
    record_set: dict[str, Any] = {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": text,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{name}/{column}",
                "name": column,
                "dataType": _type_of([row[column] for row in rows]),
            }
            for column in rows[0]
        ],
        "data": [{f"{name}/{column}": value for column, value in row.items()} for row in rows],
    }
    if key:
        record_set["key"] = {"@id": f"{name}/{key}"}
    return record_set


def _type_of(values: Sequence[Any]) -> str:
    if all(isinstance(value, int) for value in values):
        return "sc:Integer"
    return "sc:Float" if all(isinstance(value, int | float) for value in values) else "sc:Text"


def _factors(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {
            "name": factor.name,
            "column": column,
            "kind": factor.kind,
            "size": len(factor),
            "unit": factor.unit,
        }
        for column, factor in enumerate(manifest.space.factors)
    ]


def _values(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {"factor": factor.name, "class": number, "value": float(value), "name": name}
        for factor in manifest.space.factors
        for number, (value, name) in enumerate(zip(factor.values, factor.names, strict=True))
    ]


def _parts(facts: CardFields) -> list[dict[str, Any]]:
    return [
        {"split": split, "part": part, "number": number, "clips": count}
        for split, counts in facts.parts.items()
        for number, (part, count) in enumerate(counts.items())
    ]


def _datasets(manifest: Manifest) -> list[dict[str, Any]]:
    factors = len(manifest.factors)
    rows = [
        ("audio", "int16", f"n,{manifest.clip_samples}", "sound at 16 kHz; 32767 is full scale"),
        ("classes", "int64", f"n,{factors}", "class index of each factor"),
        ("values", "float64", f"n,{factors}", "what the classes stand for"),
        ("notes", "compound", "n,k", "onset_sample, offset_sample, pitch, velocity"),
        ("index", "int64", "n", "position in the factor space, last factor fastest"),
        ("peak", "float32", "n", "peak of the clip before it was brought to its level"),
    ]
    rows += [
        (f"splits/{name}", "uint8", "n", "0 train, 1 validation, 2 test")
        for name in manifest.splits
    ]
    if manifest.recorded:
        rows.append(("confidence", "float32", "n", "mean pitch confidence of the clip, 0 to 1"))
    names = ("path", "type", "shape", "description")
    return [dict(zip(names, row, strict=True)) for row in rows]
