"""The data that scores read: clips with labels, codes, decoded and swapped clips, counterfactuals.

Here it is made: of a corpus, of the data of a run, or of arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ....datasets import Corpus, Recipe, open_corpus
from ....datasets.concepts.concept_file import ConceptFile
from ....datasets.reading.opening import find_corpus
from ....settings import check_seed
from ....synth.features import LogMelSettings
from ...fitting.run_data import RunData, parts_of
from ...models.interface import SequenceModel
from .clips import Change, Clips, Counterfactuals
from .corpus_parts import changes_of, clips_of, counterfactuals_of, describe
from .decodable import DecodeFrom
from .evaluated_codes import Prior
from .evaluated_swaps import EvaluatedSwaps
from .symbol_truth import symbol_truth

if TYPE_CHECKING:
    from ..sound.embedders.embedder import LoadedEmbedder


class EvaluationData(EvaluatedSwaps):
    """Data of one evaluation; `of_corpus` and `of_arrays` make it.

    Its attributes are those of `EvaluatedCodes`.
    """

    @classmethod
    def of_arrays(
        cls,
        scored: Clips,
        train: Clips | None = None,
        model: SequenceModel | None = None,
        counterfactuals: tuple[np.ndarray, np.ndarray] | None = None,
        prior: Prior | None = None,
        seed: int = 0,
        changes: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
        decode_from: DecodeFrom = "means",
    ) -> EvaluationData:
        """Return the data of clips, or of codes alone, in arrays.

        Parameters
        ----------
        counterfactuals
            For each scored clip the place of its partner among them, (n,), and the log-mel of the
            clip as it would be with its partner's static factors, (n, time, mel).
        changes
            For a factor by its name, for each scored clip another class than its own, (n,), and the
            log-mel of the clip as it would be with that class, (n, time, mel).

        Raises
        ------
        DsoundsError
            If there are fewer than two scored clips, or if labels do not fit.
        """
        true = None
        if counterfactuals is not None:
            partner, x_cf = counterfactuals
            true = Counterfactuals(partner, lambda rows: x_cf[rows])
        made = {
            name: Change(classes, x.__getitem__) for name, (classes, x) in (changes or {}).items()
        }
        return cls(
            scored, train, model, true, prior, seed, changes=made or None, decode_from=decode_from
        )

    @classmethod
    def of_corpus(
        cls,
        model: SequenceModel,
        corpus: Corpus | Recipe | Path | str,
        split: str | None = None,
        part: str = "validation",
        features: LogMelSettings | None = None,
        seed: int = 0,
        prior: Prior | None = None,
        embedders: Mapping[str, LoadedEmbedder] | None = None,
        decode_from: DecodeFrom = "means",
    ) -> EvaluationData:
        """Return the data of a corpus: labels, frame truth and true counterfactuals included.

        Parameters
        ----------
        corpus
            A corpus, its folder, or a recipe, whose clips are rendered as they are needed.
        split, part
            The split (the first where None), and the part whose clips are scored: "validation" or
            "test".
        features
            The log-mel that the model reads.
        embedders
            Embedders of sound with their weights, by name; see `load_embedders`.
        decode_from
            See the class.

        Raises
        ------
        DsoundsError
            If the corpus does not open, or the part has fewer than two clips.
        """
        if isinstance(corpus, Recipe):
            corpus = open_corpus(corpus)
        opened = corpus if isinstance(corpus, Corpus) else find_corpus(corpus)
        data = parts_of(opened, features or LogMelSettings(), split or "", part)
        return cls.of_run_data(model, data, seed, prior, None, embedders, decode_from)

    @classmethod
    def of_run_data(
        cls,
        model: SequenceModel,
        data: RunData,
        seed: int = 0,
        prior: Prior | None = None,
        concepts: ConceptFile | None = None,
        embedders: Mapping[str, LoadedEmbedder] | None = None,
        decode_from: DecodeFrom = "means",
    ) -> EvaluationData:
        """Return the data of an opened corpus; see `of_corpus`.

        `concepts` are the labels that a model of symbols was trained on.
        """
        check_seed(seed)
        about = describe(data, seed)
        scored, train = clips_of(data, data.scored), clips_of(data, data.train)
        tell = getattr(model, "tell", None)
        true = counterfactuals_of(data, data.scored, seed, tell)
        symbols = symbol_truth(data, concepts) if hasattr(model, "symbols_of") else None
        changes = changes_of(data, data.scored, seed, tell)
        own = (about, symbols, changes, embedders, decode_from)
        return cls(scored, train, model, true, prior, seed, *own)
