"""What scores read: clips with their labels, codes, decoded and swapped batches, counterfactuals.

Everything is made when it is first asked for, once for all scores. Conventions: x, and what is
decoded, is raw log-mel; the scored part has n clips; `partner` arrays hold for each scored clip
the place of another one among the scored clips.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...datasets import Corpus, FrameGrid, Recipe, open_corpus
from ...datasets.reading.corpus import find_corpus
from ...datasets.reading.features import features as log_mel_of
from ...datasets.reading.torch_datasets import Rendered
from ...errors import DsoundsError
from ...synth.features import LogMelSettings, log_mel
from ..fitting.run_data import SCORED, SCORED_TRAIN, RunData, some
from ..models.gaussians import Gaussian
from ..models.interface import Codes, SequenceModel
from .batches import BATCH, Batches, Memory
from .row import Need
from .swaps import pair_with_another

Prior = Callable[[Tensor], Gaussian]
Labels = dict[str, np.ndarray]
LABELLED = ("pitch", "onset", "rest")  # frame labels that are classes
_WHY: dict[Need, str] = {
    "x": "there are no clips",
    "v": "the model has no global code v",
    "z": "the model has no local code z",
    "decode": "there is no model that decodes",
    "train": "there is no training part",
    "labels": "no static factor varies in both parts",
    "frames": "there are no labels of frames",
    "audio": "there is no sound",
    "counterfactuals": "no true counterfactuals were given",
}


@dataclass(frozen=True)
class Part:
    """Clips of one part of a split; what is unknown is left out.

    Parameters
    ----------
    labels
        Static factors: name to (n,) class indices.
    x
        (n, time, mel) float32 raw log-mel: an array, or what an array of places indexes.
    codes
        Posteriors of the clips, for an evaluation without a model; v or z may be None.
    dynamic, frames
        Labels of dynamic factors, (n,), and of frames, (n, time).
    values
        (n, factors): what classes stand for.
    audio
        From places of clips (m,) to their sound (m, samples) float32.
    """

    labels: Labels = field(default_factory=dict)
    x: Any = None
    codes: Codes | None = None
    dynamic: Labels = field(default_factory=dict)
    frames: Callable[[], Labels] | Labels | None = None
    values: np.ndarray | None = None
    audio: Callable[[np.ndarray], np.ndarray] | None = None

    def __len__(self) -> int:
        sized = [*self.labels.values(), self.x, self.codes and _any_mean(self.codes)]
        return next((len(one) for one in sized if one is not None), 0)


@dataclass(frozen=True)
class Counterfactuals:
    """What each scored clip would be with the static factors of its partner.

    partner: (n,) places among the scored clips; x: from a slice of the scored clips to log-mel.
    """

    partner: np.ndarray
    x: Callable[[slice], np.ndarray]


class EvaluationData:
    """Lazy and cached data of one evaluation; `of_corpus` and `of_arrays` make it.

    Attributes
    ----------
    scored, train
        The part that is scored, and the part that probes are fitted on (None where there is none).
    model
        Has `encode` and `decode`; None for an evaluation of codes alone.
    seed
        Draws partners; `rng` gives each score a generator of its own.
    notes
        What is missing, in words; a score may add to them.
    """

    def __init__(
        self,
        scored: Part,
        train: Part | None = None,
        model: SequenceModel | None = None,
        counterfactuals: Counterfactuals | None = None,
        prior: Prior | None = None,
        seed: int = 0,
        about: Mapping[str, Any] | None = None,
    ) -> None:
        _check(scored, train)
        self.scored, self.train, self.model, self.seed = scored, train, model, seed
        self._counterfactuals, self.prior, self.about = counterfactuals, prior, dict(about or {})
        self.notes: list[str] = []
        self._memory, self._decoded = Memory(), dict[str, Batches]()

    @classmethod
    def of_arrays(
        cls,
        scored: Part,
        train: Part | None = None,
        model: SequenceModel | None = None,
        counterfactuals: tuple[np.ndarray, np.ndarray] | None = None,
        prior: Prior | None = None,
        seed: int = 0,
    ) -> "EvaluationData":
        """Return the data of clips, or of codes alone, in arrays.

        Parameters
        ----------
        counterfactuals
            For each scored clip the place of its partner among them, (n,), and the log-mel of the
            clip as it would be with its partner's static factors, (n, time, mel).
        prior
            The prior of v that the model trained under, from x; N(0, 1) otherwise.

        Raises
        ------
        DsoundsError
            With fewer than two scored clips, or labels that do not fit.
        """
        true = None
        if counterfactuals is not None:
            partner, x_cf = counterfactuals
            true = Counterfactuals(partner, lambda rows: x_cf[rows])
        return cls(scored, train, model, true, prior, seed)

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
    ) -> "EvaluationData":
        """Return the data of a corpus: labels, frame truth and true counterfactuals included.

        Parameters
        ----------
        corpus
            A corpus, its folder, or a recipe, whose clips are rendered as they are needed.
        split, part
            Which split (the first where None) and whose clips of it: "validation", "test".
        features
            The log-mel that the model reads.

        Raises
        ------
        DsoundsError
            For a corpus that does not open, and a part with fewer than two clips.
        """
        opened = _opened(corpus)
        settings, by = features or LogMelSettings(), split or opened.splits[0]
        rows = opened.split("train", by), opened.split(part, by)
        if opened.folder is not None:
            material = RunData(opened, settings, log_mel_of(opened, settings), *rows, by, part)
        else:
            x = Rendered(opened, settings)
            rows = some(rows[0], SCORED_TRAIN), some(rows[1], SCORED)
            material = RunData(opened, settings, x, *rows, by, part)
        return cls.of_run_data(model, material, seed, prior)

    @classmethod
    def of_run_data(
        cls, model: SequenceModel, material: RunData, seed: int = 0, prior: Prior | None = None
    ) -> "EvaluationData":
        """Return the data of an opened corpus; see `of_corpus`."""
        count, name = len(material.scored), material.corpus.name
        if count < 2:
            raise DsoundsError(
                f"the {material.part} part of {name} has {count} clips, scores need at least 2; "
                f"was the corpus made without a {material.part} part?"
            )
        about = {
            "corpus_id": material.corpus.id,
            "split": material.split,
            "part": material.part,
            "corpus": name,
            "train_clips": len(material.train),
            "scored_clips": count,
            "seed": seed,
        }
        scored, train = clips_of(material, material.scored), clips_of(material, material.train)
        true = counterfactuals_of(material, material.scored, seed)
        return cls(scored, train, model, true, prior, seed, about)

    def __len__(self) -> int:
        return len(self.scored)

    def why_not(self, needs: frozenset[Need]) -> str | None:
        """Return why a score with these needs cannot be computed, None where it can."""
        there: dict[Need, Callable[[], bool]] = {
            "x": lambda: self.scored.x is not None,
            "v": lambda: self.codes is not None and self.codes.v_mean is not None,
            "z": lambda: self.codes is not None and self.codes.z_mean is not None,
            "decode": lambda: self.model is not None and self.scored.x is not None,
            "train": lambda: self.train is not None,
            "labels": lambda: bool(self.factors),
            "frames": lambda: self.scored.frames is not None,
            "audio": lambda: self.scored.audio is not None,
            "counterfactuals": lambda: self._counterfactuals is not None,
        }
        return next(
            (why for need, why in _WHY.items() if need in needs and not there[need]()), None
        )

    def rng(self, name: str) -> np.random.Generator:
        """Return the generator of the score of that name: no other score draws from it."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    @cached_property
    def x(self) -> Batches:
        """Log-mel of the scored clips."""
        return self.batches(lambda rows: _tensor(self.scored.x, rows))

    @property
    def labels(self) -> Labels:
        """Classes of the static factors of the scored clips: name to (n,)."""
        return self.scored.labels

    @cached_property
    def frames(self) -> Labels:
        """Labels of the frames of the scored clips: name to (n, time)."""
        frames = self.scored.frames
        return (frames() if callable(frames) else frames) or {}

    @cached_property
    def factors(self) -> tuple[str, ...]:
        """Static factors that vary in both parts; the others are noted."""
        varying = []
        for name, labels in self.labels.items():
            known = self.train.labels[name] if self.train is not None else labels
            if len(np.unique(labels)) < 2 or len(np.unique(known)) < 2:
                self.notes.append(f"{name}: left out, as it has one class only in a part")
            else:
                varying.append(name)
        return tuple(varying)

    @cached_property
    def codes(self) -> Codes | None:
        """Posteriors of the scored clips."""
        if self.scored.codes is not None or self.model is None or self.scored.x is None:
            return self.scored.codes
        return self.encoded(self.x)

    @cached_property
    def v(self) -> Tensor:
        """Posterior means of v of the scored clips: (n, v_dim)."""
        return _needed(self.codes and self.codes.v_mean)

    @cached_property
    def z(self) -> Tensor:
        """Posterior means of z of the scored clips: (n, time, z_dim)."""
        return _needed(self.codes and self.codes.z_mean)

    @cached_property
    def q_v(self) -> Gaussian:
        """Posterior of v of the scored clips."""
        return Gaussian(self.v, _needed(self.codes and self.codes.v_logvar))

    @cached_property
    def train_v(self) -> np.ndarray:
        """Posterior means of v of the training part: (clips, v_dim)."""
        train = _needed(self.train)
        if train.codes is not None:
            return _needed(train.codes.v_mean).numpy()
        return self.v_of(Batches(lambda rows: _tensor(train.x, rows), len(train), Memory(0)))

    @cached_property
    def partners(self) -> Labels:
        """For each factor the partner of each scored clip, which has another class of it."""
        rng = np.random.default_rng(self.seed)
        return {name: pair_with_another(self.labels[name], rng) for name in self.factors}

    @property
    def reconstruction(self) -> Batches:
        """decode(z_i, v_i) of the scored clips."""
        return self.decoded("reconstruction")

    def global_swap(self, factor: str) -> Batches:
        """Return decode(z_i, v_j) with partners j of another class of a factor."""
        return self.decoded(f"{factor}/global", v_of=self.partners[factor])

    def local_swap(self, factor: str) -> Batches:
        """Return decode(z_j, v_i) with partners j of another class of a factor."""
        return self.decoded(f"{factor}/local", z_of=self.partners[factor])

    def decoded(
        self, name: str, z_of: np.ndarray | None = None, v_of: np.ndarray | None = None
    ) -> Batches:
        """Return what the model decodes from the codes of scored clips, under a name of its own.

        z_of, v_of: places of the clips whose z and v are taken, (n,); the clips' own where None.
        """
        if name not in self._decoded:
            codes, own = _needed(self.codes), np.arange(len(self))
            z_rows, v_rows = (own if rows is None else rows for rows in (z_of, v_of))
            self._decoded[name] = self.batches(
                lambda rows: _needed(self.model).decode(
                    _rows(codes.z_mean, z_rows[rows]), _rows(codes.v_mean, v_rows[rows])
                )
            )
        return self._decoded[name]

    @cached_property
    def partner(self) -> np.ndarray:
        """Partners of the true counterfactuals: (n,)."""
        return _needed(self._counterfactuals).partner

    @cached_property
    def counterfactual(self) -> Batches:
        """Log-mel of the scored clips as they would be with their partners' static factors."""
        true = _needed(self._counterfactuals)
        return self.batches(lambda rows: torch.from_numpy(true.x(rows)))

    def batches(self, make: Callable[[slice], Tensor]) -> Batches:
        """Return batches over the scored clips, which share this evaluation's memory."""
        return Batches(make, len(self), self._memory)

    def encoded(self, x: Batches) -> Codes:
        """Encode any batches."""
        model = _needed(self.model)
        with torch.no_grad():
            return _joined([model.encode(batch) for batch in x])

    def v_of(self, x: Batches) -> np.ndarray:
        """Encode any batches and keep the posterior means of v alone: (clips, v_dim)."""
        model = _needed(self.model)
        with torch.no_grad():
            return torch.cat([_needed(model.encode(batch).v_mean) for batch in x]).numpy()


def clips_of(material: RunData, rows: np.ndarray) -> Part:
    """Return clips of a corpus with their labels of every factor that varies."""
    corpus = material.corpus
    classes, values = corpus.labels(rows)
    static, dynamic = (
        {f.name: classes[:, corpus.space.column(f.name)] for f in corpus.space.varying(kind)}
        for kind in ("static", "dynamic")
    )
    grid = FrameGrid(material.settings.hop_samples, material.settings.window_samples)

    def frames() -> Labels:
        truth = corpus.frames(rows, grid)
        return {name: getattr(truth, name).astype(np.int64) for name in LABELLED}

    return Part(
        labels=static,
        x=_Rows(material.x, rows),
        dynamic=dynamic,
        frames=None if corpus.manifest.recorded else frames,
        values=values,
        audio=lambda places: corpus.audio(rows[places]),
    )


def counterfactuals_of(material: RunData, rows: np.ndarray, seed: int) -> Counterfactuals | None:
    """Pair each clip with one that differs in a static factor; what it would be is rendered.

    None where no static factor varies among the clips, or where they are recordings.
    """
    if material.corpus.manifest.recorded:
        return None
    labels = clips_of(material, rows).labels
    if not any(len(np.unique(values)) > 1 for values in labels.values()):
        return None
    statics = np.stack(list(labels.values()), axis=1)  # (clips, factors)
    partner = pair_with_another(statics, np.random.default_rng(seed))
    changed = {name: values[partner] for name, values in labels.items()}

    def rendered(part: slice) -> np.ndarray:
        factors = {name: classes[part] for name, classes in changed.items()}
        return log_mel(material.corpus.counterfactual(rows[part], **factors), material.settings)

    return Counterfactuals(partner, rendered)


class _Rows:
    """Some rows of an array that stays where it is, on disk maybe."""

    def __init__(self, x: Any, rows: np.ndarray) -> None:
        self.x, self.rows = x, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, places: Any) -> np.ndarray:
        return self.x[self.rows[places]]


def _opened(corpus: Corpus | Recipe | Path | str) -> Corpus:
    if isinstance(corpus, Corpus):
        return corpus
    return open_corpus(corpus) if isinstance(corpus, Recipe) else find_corpus(corpus)


def _needed(value: Any) -> Any:
    """Return what a score said it needs; `why_not` has looked whether it is there."""
    assert value is not None, "the row of the score does not name all its needs"
    return value


def _tensor(x: Any, rows: slice) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(x[rows]))


def _rows(code: Tensor | None, places: np.ndarray) -> Any:
    return None if code is None else code[torch.from_numpy(places)]


def _any_mean(codes: Codes) -> Tensor:
    return codes.z_mean if codes.v_mean is None else codes.v_mean


def _joined(parts: list[Codes]) -> Codes:
    """Join the codes of batches; None stays None."""
    names = ("v_mean", "v_logvar", "z_mean", "z_logvar")
    columns = [[getattr(part, name) for part in parts] for name in names]
    return Codes(*(None if column[0] is None else torch.cat(column) for column in columns))


def _check(scored: Part, train: Part | None) -> None:
    for part, clips in (("training", train), ("validation", scored)):
        for name, labels in clips.labels.items() if clips is not None else ():
            count = len(clips.x) if clips.x is not None else len(clips)
            if len(labels) != count:
                raise DsoundsError(
                    f"the {part} part has {count} clips but {len(labels)} labels of {name}"
                )
    if len(scored) < 2:
        raise DsoundsError(f"scores need at least 2 validation clips to swap, got {len(scored)}")
    missing = scored.labels.keys() - (train or scored).labels.keys()
    if missing:
        raise DsoundsError(f"the training part has no labels of {', '.join(sorted(missing))}")
