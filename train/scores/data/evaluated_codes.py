"""What scores read of clips and their codes, made when it is first asked for, once for all scores.

x, and what is decoded, is raw log-mel. The scored part has n clips.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from ....settings import check_seed, from_table
from ....synth.features import LogMelSettings
from ...models.interface import Codes, SequenceModel, joined
from ...models.networks.gaussians import Gaussian
from .batches import Batches, Memory
from .checked_model import CheckedModel, as_tensors
from .clips import Change, Clips, Counterfactuals, Labels, check_parts
from .decodable import DecodeFrom, decodable
from .symbol_truth import SymbolTruth
from .training_codes import TrainingCodes

if TYPE_CHECKING:
    from ..sound.embedders.embedder import LoadedEmbedder

T = TypeVar("T")
Prior = Callable[[Tensor], Gaussian]


class EvaluatedCodes:
    """Clips with labels and codes, lazy and cached.

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
        return self.to_decode(there(self.codes))

    @property
    def decodable_v(self) -> Tensor:
        """What is decoded of v of the scored clips: (n, v_dim)."""
        return there(self.decodable.v_mean)

    @property
    def decodable_z(self) -> Tensor:
        """What is decoded of z of the scored clips: (n, time, z_dim)."""
        return there(self.decodable.z_mean)

    def to_decode(self, codes: Codes) -> Codes:
        """Return codes with what is decoded of them in place of the means; see the class."""
        return decodable(codes, self.decode_from, self.seed)

    @property
    def v(self) -> Tensor:
        """The posterior means of v of the scored clips: (n, v_dim)."""
        return there(there(self.codes).v_mean)

    @property
    def v_logvar(self) -> Tensor:
        """The log variances of v of the scored clips: (n, v_dim)."""
        return there(there(self.codes).v_logvar)

    @property
    def z(self) -> Tensor:
        """The posterior means of z of the scored clips: (n, time, z_dim)."""
        return there(there(self.codes).z_mean)

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
        found.check_sizes(there(self.codes))
        return found

    @property
    def train_v(self) -> np.ndarray:
        """The posterior means of v of the training part: (clips, v_dim)."""
        return there(there(self.training_codes).v)

    def batches(self, make: Callable[[slice], Tensor]) -> Batches:
        """Return batches over the scored clips, which share the memory of this evaluation."""
        return Batches(make, len(self), self._memory)

    @property
    def checked(self) -> CheckedModel:
        """The model, whose answers are checked, without gradients, and on the CPU."""
        return there(self._checked)

    def encode(self, x: Tensor) -> Codes:
        """Encode one batch into codes."""
        return self.checked.encode(x)

    def decode(self, z: Tensor | None, v: Tensor | None) -> Tensor:
        """Decode one batch into log-mel of the clips' shape."""
        return self.checked.decode(z, v, tuple(getattr(self.scored.x, "shape", ())[1:]))

    @property
    def symbol_truth(self) -> SymbolTruth:
        """What is true of the clips in symbols."""
        return there(self.symbols)

    def v_of(self, x: Batches) -> np.ndarray:
        """Encode batches and keep the posterior means of v alone: (clips, v_dim)."""
        return torch.cat([there(self.encode(batch).v_mean) for batch in x]).numpy()


def there(value: T | None) -> T:
    """Return what must be there, since the needs of the score were looked for."""
    assert value is not None, "the row of the score does not name all that it needs"
    return value


def _tensor(x: Any, rows: slice) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x[rows]))
