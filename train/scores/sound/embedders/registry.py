"""All embedders: the rows of this package's modules, and their weights from local files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .....errors import DsoundsError, suggestion
from .....hashing import file_sha256
from .....registry import Registry
from .....settings import require
from .embedder import Embedder, LoadedEmbedder

EMBEDDERS = Registry(__package__, "EMBEDDER", Embedder, "embedder")


def load_embedders(weights: Mapping[str, Path | str]) -> dict[str, LoadedEmbedder]:
    """Return the embedders whose weights are given, by name, with their weights read.

    Raises
    ------
    DsoundsError
        If a name is unknown or needs no weights, or if a file is not what is meant.
    """
    return {name: _loaded(name, Path(path)) for name, path in weights.items()}


def without_weights(name: str) -> LoadedEmbedder:
    """Return an embedder that needs no weights."""
    row = EMBEDDERS.load(name)
    return LoadedEmbedder(row, row.load(None))


def _loaded(name: str, path: Path) -> LoadedEmbedder:
    known = [one for one, row in EMBEDDERS.rows() if row.weights]
    if name not in known:
        raise DsoundsError(
            f"no embedder {name!r} takes weights{suggestion(name, known)}: {', '.join(known)} do"
        )
    row = EMBEDDERS.load(name)
    require(
        path.is_file(),
        f"the weights of {name}, {path}, are no file: {row.weights} is needed, and never fetched",
    )
    embed, digest = row.load(path), file_sha256(path)
    about = {"weights": path.name, "weights_sha256": digest}
    return LoadedEmbedder(row, embed, about | {"weights_public": digest.startswith(row.sha256)})
