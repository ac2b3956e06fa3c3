"""The attributes of the clips of a corpus: classes of factors, and what is measured on log-mel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

from ....datasets.reading.features import features
from ....datasets.reading.torch_datasets import Rendered
from ....errors import DsoundsError, suggestion
from ....settings import require
from ....synth.features import LogMelSettings
from ..family import Features
from ..registry import ATTRIBUTES
from .ar_vae_settings import FREE

if TYPE_CHECKING:
    from ....datasets import Corpus
    from ...settings.config import RunConfig

_CHUNK_CLIPS = 256


class ClipAttributes:
    """The attributes of clips, (clips, attributes) float32, when clip numbers ask for them.

    Parameters
    ----------
    corpus
        The corpus.
    x
        Its log-mel, and `settings` how it was computed.
    names
        Factors that vary, measured attributes, or `FREE` for a column of zeros.
    """

    def __init__(
        self, corpus: Corpus, x: Features, settings: LogMelSettings, names: tuple[str, ...]
    ) -> None:
        self.corpus, self.x, self.settings, self.names = corpus, x, settings, names
        self.shape = len(corpus), len(names)
        factors = (*varying(corpus, "static"), *varying(corpus, "dynamic"))
        self._measures = {
            k: ATTRIBUTES.load(name).measure
            for k, name in enumerate(names)
            if name not in (*factors, FREE)
        }

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, clips: np.ndarray) -> np.ndarray:
        """Return the attributes of clips (n,) by their numbers: (n, attributes) float32."""
        columns = np.zeros((len(clips), len(self.names)), np.float32)
        classes = self.corpus.labels(clips)[0]
        for k, name in enumerate(self.names):
            if k not in self._measures and name != FREE:
                columns[:, k] = classes[:, self.corpus.space.column(name)]
        if self._measures:
            x = torch.from_numpy(np.asarray(self.x[clips]))
            for k, measure in self._measures.items():
                columns[:, k] = measure(x, self.settings)
        return columns

    def all(self) -> np.ndarray:
        """Return the attributes of all clips."""
        chunks = np.array_split(np.arange(len(self)), -(-len(self) // _CHUNK_CLIPS))
        return np.concatenate([self[chunk] for chunk in chunks])


def attribute_extras(corpus: Corpus, config: RunConfig) -> dict[str, Features]:
    """Return the attributes that a run names, with a row for each clip (`Family.extras`).

    Raises
    ------
    DsoundsError
        If an attribute is unknown, or v has fewer dimensions.
    """
    names = chosen(corpus, config.objective.attributes)
    v_dim = config.model.v_dim
    require(
        len(names) <= v_dim,
        f"v_dim is {v_dim}: {len(names)} or more are needed, one for each attribute "
        f"({', '.join(names)})",
    )
    if corpus.folder is not None:
        x: Features = features(corpus, config.features)
        return {"attributes": ClipAttributes(corpus, x, config.features, names).all()}
    x = Rendered(corpus, config.features, "cpu")
    return {"attributes": ClipAttributes(corpus, x, config.features, names)}


def chosen(corpus: Corpus, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the attributes of a run: those named, or where none is all static factors that vary.

    Raises
    ------
    DsoundsError
        If one is unknown or named twice.
    """
    known = (*varying(corpus, "static"), *varying(corpus, "dynamic"), *ATTRIBUTES.names, FREE)
    for name in names:
        if name not in known and ":" not in name:
            raise DsoundsError(
                f"unknown attribute {name!r}{suggestion(name, known)}: {', '.join(known)} are "
                "known of this corpus, or package.module:ATTRIBUTE"
            )
        require(
            name == FREE or names.count(name) == 1,
            f"attributes name {name} {names.count(name)} times: once is needed, as each has one "
            "dimension",
        )
    return names or varying(corpus, "static")


def varying(corpus: Corpus, kind: Literal["static", "dynamic"]) -> tuple[str, ...]:
    """Return the names of the factors of a kind that vary."""
    return tuple(factor.name for factor in corpus.space.varying(kind))
