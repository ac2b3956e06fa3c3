"""The data that scores read: clips with labels, codes, decoded and swapped clips, counterfactuals.

Everything is made when it is first asked for, once for all scores. x, and what is decoded, is raw
log-mel. The scored part has n clips; arrays of partners hold for each scored clip the place of
another one among them.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from ....datasets import Corpus, Recipe, open_corpus
from ....datasets.concepts.concept_file import ConceptFile
from ....datasets.reading.corpus import find_corpus
from ....settings import check_seed, from_table
from ....synth.features import LogMelSettings
from ...fitting.run_data import RunData, parts_of
from ...fitting.threads import one_thread
from ...models.interface import Codes, SequenceModel, joined
from ...models.networks.gaussians import Gaussian
from ..swaps.partners import pair_with_another
from .batches import Batches, Memory
from .checked_model import CheckedModel, as_tensors
from .clips import Change, Clips, Counterfactuals, Labels, check_parts
from .corpus_parts import changes_of, clips_of, counterfactuals_of, describe
from .decodable import DecodeFrom, decodable
from .symbol_truth import SymbolTruth, symbol_truth
from .training_codes import TrainingCodes

if TYPE_CHECKING:
    from ...samples.checked_generator import CheckedGenerator
    from ..sound.embedders.embedder import LoadedEmbedder

T = TypeVar("T")
Prior = Callable[[Tensor], Gaussian]


class EvaluationData:
    """Data of one evaluation, lazy and cached; `of_corpus` and `of_arrays` make it.

    Attributes
    ----------
    scored, train
        The part that is scored, and the part that probes are fitted on (None where there is none).
    model
        It has `encode` and `decode`; None for an evaluation of codes alone.
    counterfactuals
        The true ones of the scored clips; None where there are none.
    prior
        The prior of v that the model trained under, from x; None for N(0, 1).
    seed
        Draws partners; `rng` gives each score a generator of its own.
    about
        What scores.json says of the clips.
    symbols
        What is true of the clips in symbols; None where it is not known, or where the model has no
        symbols.
    changes
        Of factors, by their names, the scored clips with another class; None where there are none.
    embedders
        Embedders of sound with their weights, by name.
    decode_from
        Whether posterior means are decoded, or draws from the posteriors; means are what is read.
    notes
        What is missing, in words; a score may add to them.
    stated
        What a score says of its figures beside them in scores.json, by its name.
    """

    def __init__(
        self,
        scored: Clips,
        train: Clips | None = None,
        model: SequenceModel | None = None,
        counterfactuals: Counterfactuals | None = None,
        prior: Prior | None = None,
        seed: int = 0,
        about: Mapping[str, Any] | None = None,
        symbols: SymbolTruth | None = None,
        changes: Mapping[str, Change] | None = None,
        embedders: Mapping[str, LoadedEmbedder] | None = None,
        decode_from: DecodeFrom = "means",
    ) -> None:
        check_parts(scored, train)
        check_seed(seed)
        self.scored, self.train, self.model, self.prior = scored, train, model, prior
        self._checked = None if model is None else CheckedModel(model)
        self.seed, self.about, self.notes = seed, dict(about or {}), list[str]()
        self.decode_from = decode_from
        if decode_from != "means":
            self.about["decode_from"] = decode_from
        self.counterfactuals, self._memory = counterfactuals, Memory()
        self.symbols, self.changes = symbols, changes
        self.embedders, self.stated = dict(embedders or {}), dict[str, dict[str, Any]]()
        self._made: dict[Hashable, Any] = {}

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

    def __len__(self) -> int:
        return len(self.scored)

    def once(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` makes, made once under that name, for several scores to share."""
        if name not in self._made:
            self._made[name] = make()
        made: T = self._made[name]
        return made

    def rng(self, name: str) -> np.random.Generator:
        """Return the generator of the score of that name, from which no other score draws."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    @cached_property
    def features(self) -> LogMelSettings | None:
        """The settings of the log-mel; None where they are not known, as of arrays."""
        table = self.about.get("features")
        return None if table is None else from_table(LogMelSettings, table, "features")

    @cached_property
    def x(self) -> Batches:
        """The log-mel of the scored clips."""
        return self.batches(lambda rows: _tensor(self.scored.x, rows))

    @property
    def labels(self) -> Labels:
        """The classes of the static factors of the scored clips: name to (n,)."""
        return self.scored.labels

    @cached_property
    def frames(self) -> Labels:
        """The labels of the frames of the scored clips: name to (n, time)."""
        frames = self.scored.frames
        return (frames() if callable(frames) else frames) or {}

    @cached_property
    def factors(self) -> tuple[str, ...]:
        """The static factors that vary in both parts; the others are noted."""
        varying = []
        for name, labels in self.labels.items():
            known = labels if self.train is None else self.train.labels[name]
            if len(np.unique(labels)) < 2 or len(np.unique(known)) < 2:
                self.notes.append(f"{name}: left out, as it has one class only in a part")
            else:
                varying.append(name)
        return tuple(varying)

    @cached_property
    def dynamic_factors(self) -> tuple[str, ...]:
        """The dynamic factors that vary in both parts, or in the scored one where it is alone."""
        own = self.scored.dynamic
        known = own if self.train is None else self.train.dynamic
        return tuple(
            name
            for name, labels in own.items()
            if name in known and min(len(np.unique(labels)), len(np.unique(known[name]))) > 1
        )

    @cached_property
    def codes(self) -> Codes | None:
        """The posteriors of the scored clips; None where there are neither codes nor clips."""
        if self.scored.codes is not None or self.model is None or self.scored.x is None:
            return self.scored.codes and as_tensors(self.scored.codes)
        return joined([self.encode(batch) for batch in self.x])

    @cached_property
    def decodable(self) -> Codes:
        """The codes of the scored clips that are decoded, in place of the means; see the class."""
        return self.to_decode(_there(self.codes))

    @property
    def decodable_v(self) -> Tensor:
        """What is decoded of v of the scored clips: (n, v_dim)."""
        return _there(self.decodable.v_mean)

    @property
    def decodable_z(self) -> Tensor:
        """What is decoded of z of the scored clips: (n, time, z_dim)."""
        return _there(self.decodable.z_mean)

    def to_decode(self, codes: Codes) -> Codes:
        """Return codes with what is decoded of them in place of the means; see the class."""
        return decodable(codes, self.decode_from, self.seed)

    @property
    def v(self) -> Tensor:
        """The posterior means of v of the scored clips: (n, v_dim)."""
        return _there(_there(self.codes).v_mean)

    @property
    def v_logvar(self) -> Tensor:
        """The log variances of v of the scored clips: (n, v_dim)."""
        return _there(_there(self.codes).v_logvar)

    @property
    def z(self) -> Tensor:
        """The posterior means of z of the scored clips: (n, time, z_dim)."""
        return _there(_there(self.codes).z_mean)

    @cached_property
    def training_codes(self) -> TrainingCodes | None:
        """The codes of the training part; None where there are neither codes nor clips of it."""
        train = self.train
        if train is None or (train.codes is None and (train.x is None or self.model is None)):
            return None
        given = train.codes and [as_tensors(train.codes)]
        x = Batches(lambda rows: _tensor(train.x, rows), len(train), Memory(0))
        batches = given or (self.encode(batch) for batch in x)
        found = TrainingCodes.of_batches(batches, len(train), self.rng("training frames"))
        found.check_sizes(_there(self.codes))
        return found

    @property
    def train_v(self) -> np.ndarray:
        """The posterior means of v of the training part: (clips, v_dim)."""
        return _there(_there(self.training_codes).v)

    @cached_property
    def partners(self) -> Labels:
        """The partner of each scored clip, which has another class, for each factor."""
        rng = np.random.default_rng(self.seed)
        return {name: pair_with_another(self.labels[name], rng) for name in self.factors}

    @property
    def reconstruction(self) -> Batches:
        """The clips decode(z_i, v_i) of the scored clips."""
        return self.decoded("reconstruction")

    def global_swap(self, factor: str) -> Batches:
        """Return decode(z_i, v_j) with partners j of another class of a factor."""
        return self.decoded(f"{factor}: global swap", v_of=self.partners[factor])

    def local_swap(self, factor: str) -> Batches:
        """Return decode(z_j, v_i) with partners j of another class of a factor."""
        return self.decoded(f"{factor}: local swap", z_of=self.partners[factor])

    def decoded(
        self, name: str, z_of: np.ndarray | None = None, v_of: np.ndarray | None = None
    ) -> Batches:
        """Return what the model decodes from the codes of scored clips, under a name of its own.

        `z_of` and `v_of` are places of the clips whose z and v are taken, (n,); the clips' own
        where None.
        """
        codes = self.decodable

        def decode(rows: slice) -> Tensor:
            own = np.arange(len(self))
            z, v = (
                None if code is None else code[torch.from_numpy(own if of is None else of)[rows]]
                for code, of in ((codes.z_mean, z_of), (codes.v_mean, v_of))
            )
            return self.decode(z, v)

        return self.once(("decoded", name), lambda: self.batches(decode))

    def decoded_from(self, name: str, z: Tensor, v: Tensor) -> Batches:
        """Return what the model decodes from these codes of as many clips, under a name."""
        return self.once(
            ("decoded", name),
            lambda: Batches(lambda rows: self.decode(z[rows], v[rows]), len(v), self._memory),
        )

    def drawn_v(self, n: int, name: str) -> Tensor:
        """Return v drawn from the model's prior, (n, v_dim), for the score of that name."""
        return self.generator(f"v of {name}").sample_v(n)

    def drawn_z(self, n: int, name: str) -> Tensor:
        """Return z as long as the clips, drawn from its prior: (n, time, z_dim).

        It is (n, 1, z_dim) of a model that has one latent for a clip.
        """
        with one_thread():  # a step for each frame
            return self.generator(f"z of {name}").sample_z(n, self.scored.x.shape[1])

    def generator(self, name: str) -> CheckedGenerator:
        """Return the model as it draws for the purpose of that name, whatever was drawn before."""
        from ...samples.checked_generator import CheckedGenerator

        return CheckedGenerator(_there(self.model), int(self.rng(name).integers(2**31)))

    @property
    def partner(self) -> np.ndarray:
        """The partners of the true counterfactuals: (n,)."""
        return _there(self.counterfactuals).partner

    @cached_property
    def counterfactual(self) -> Batches:
        """The log-mel of the scored clips as they would be with their partners' static factors."""
        x = _there(self.counterfactuals).x
        return self.batches(lambda rows: torch.from_numpy(x(rows)))

    def batches(self, make: Callable[[slice], Tensor]) -> Batches:
        """Return batches over the scored clips, which share the memory of this evaluation."""
        return Batches(make, len(self), self._memory)

    @property
    def checked(self) -> CheckedModel:
        """The model, whose answers are checked, without gradients, and on the CPU."""
        return _there(self._checked)

    def encode(self, x: Tensor) -> Codes:
        """Encode one batch into codes."""
        return self.checked.encode(x)

    def decode(self, z: Tensor | None, v: Tensor | None) -> Tensor:
        """Decode one batch into log-mel of the clips' shape."""
        return self.checked.decode(z, v, tuple(getattr(self.scored.x, "shape", ())[1:]))

    @property
    def symbol_truth(self) -> SymbolTruth:
        """What is true of the clips in symbols."""
        return _there(self.symbols)

    def v_of(self, x: Batches) -> np.ndarray:
        """Encode batches and keep the posterior means of v alone: (clips, v_dim)."""
        return torch.cat([_there(self.encode(batch).v_mean) for batch in x]).numpy()


def _there(value: T | None) -> T:
    """Return what must be there, since the needs of the score were looked for."""
    assert value is not None, "the row of the score does not name all that it needs"
    return value


def _tensor(x: Any, rows: slice) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x[rows]))
