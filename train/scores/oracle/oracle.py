"""The codes of a perfect model: the factors themselves, decoded by the generator.

An `Oracle` knows its corpus. It finds a clip again by its log-mel, and gives, from -1 to 1 each,

    v      the classes of the static factors that vary, one dimension each
    z_t    the classes of the dynamic factors that vary; pitch, onset, rest and note of the frame

`decode(z, v)` renders the clip that has these factors and takes its log-mel, so that a swap is the
true counterfactual. Its scores are what a corpus allows at best. A `Layout` makes it a model of a
known fault: its codes tell other factors, or its decoder reads them from the other code.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ....datasets import Corpus, FrameGrid
from ....datasets.factors.space import Factor, Kind
from ....datasets.reading.frames import frame_truth
from ....datasets.reading.opening import find_corpus
from ....settings import require
from ....synth.features import LogMelSettings, log_mel
from ....synth.rendering.pcm import to_float
from ...fitting.run_data import parts_of
from ...models.interface import Codes
from ..data.corpus_parts import FRAME_LABELS
from .known_clips import KnownClips
from .layout import PERFECT, Layout

_CHUNK_CLIPS = 128


class Oracle:
    """A model that knows the factors of the clips of a corpus; it has no variances.

    Parameters
    ----------
    corpus
        A corpus, its folder, or the name of a recipe. Without a folder the clips are known that
        scores are computed from.
    features
        The log-mel that it reads and decodes.
    split
        The split whose clips are known where the corpus has no folder; its first where "".
    layout
        Which factors v and z tell, and which code they are decoded from.

    Raises
    ------
    DsoundsError
        If the clips are recordings, which no generator can render.
    """

    def __init__(
        self,
        corpus: Corpus | Path | str,
        features: LogMelSettings | None = None,
        split: str = "",
        layout: Layout = PERFECT,
    ) -> None:
        self.corpus = corpus if isinstance(corpus, Corpus) else find_corpus(corpus)
        self.features = features or LogMelSettings()
        require(
            not self.corpus.manifest.recorded,
            f"{self.corpus.name} holds recordings, which no generator can render: an oracle needs "
            "the corpus of a recipe",
        )
        self.layout = layout
        self.v_factors = self._factors(layout.v)
        self.z_factors = self._factors(layout.z)
        self.known = KnownClips()
        self._learn(split)
        notes = self.corpus.schedule(self.corpus.space.values(self.known.classes)).notes
        pitches = np.unique(notes["pitch"][notes["velocity"] > 0])
        self._pitches = np.array([0, *pitches])  # 0 in a rest

    def encode(self, x: Tensor) -> Codes:
        """Return the factors of clips by their log-mel, (batch, time, mel).

        Raises
        ------
        DsoundsError
            For a clip that is neither of the corpus nor decoded by this oracle.
        """
        classes = self.known.find(x)
        return Codes(v_mean=self._global(classes), z_mean=self._local(classes))

    def tell(self, x: np.ndarray, classes: np.ndarray) -> None:
        """Note clips by their log-mel, (n, time, mel), and their classes, (n, F)."""
        self.known.add(torch.from_numpy(x), classes)

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        """Return the log-mel of the clips that have these factors, (batch, time, mel)."""
        classes = np.zeros((len(v), len(self.corpus.space.names)), np.int64)
        for codes, factors, read in (
            (v, self.v_factors, self.layout.from_v),
            (z[:, 0], self.z_factors, self.layout.from_z),
        ):
            for k, factor in enumerate(factors):
                if factor.kind in read:
                    nearest = ((codes[:, k] + 1) / 2 * (len(factor) - 1)).round().long()
                    classes[:, self.corpus.space.column(factor.name)] = nearest.numpy()
        return self._rendered(classes)

    def sample(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw clips uniformly from the factor space; their first frames, (n, frames, mel)."""
        return self._rendered(self._drawn(n, generator))[:, :frames]

    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw the v of clips like that: (n, v_dim)."""
        return self._global(self._drawn(n, generator))

    def sample_z(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw the z of the first frames of clips like that: (n, frames, z_dim)."""
        return self._local(self._drawn(n, generator))[:, :frames]

    def _drawn(self, n: int, generator: torch.Generator | None) -> np.ndarray:
        """Return classes drawn uniformly from the factor space: (n, F)."""
        places = torch.randint(len(self.corpus.space), (n,), generator=generator).numpy()
        return self.corpus.space.classes(places)

    def _learn(self, split: str) -> None:
        """Note the clips of the corpus: all of them, or those of the parts of a split."""
        for part in ("validation", "test"):
            data = parts_of(self.corpus, self.features, split, part)
            whole = np.arange(len(self.corpus))
            rows = whole if self.corpus.folder else np.union1d(data.train, data.scored)
            for start in range(0, len(rows), _CHUNK_CLIPS):
                some = rows[start : start + _CHUNK_CLIPS]
                x = torch.from_numpy(np.asarray(data.x[some]))
                self.known.add(x, self.corpus.labels(some)[0])
            if self.corpus.folder:
                break

    def _rendered(self, classes: np.ndarray) -> Tensor:
        """Render clips by their classes, (n, F), and note them, as they may be encoded again."""
        pcm = self.corpus.render(self.corpus.space.values(classes))[0]
        x = torch.from_numpy(log_mel(to_float(pcm), self.features))
        self.known.add(x, classes)
        return x

    def _factors(self, kinds: Sequence[Kind]) -> list[Factor]:
        """Return the factors that vary, of these kinds, in this order."""
        return [factor for kind in kinds for factor in self.corpus.space.varying(kind)]

    def _global(self, classes: np.ndarray) -> Tensor:
        """Return v of clips by their classes, (n, F): (n, v_dim); constant where it tells none."""
        if not self.v_factors:
            return torch.zeros(len(classes), 1)
        return self._scaled(classes, self.v_factors)

    def _local(self, classes: np.ndarray) -> Tensor:
        """Return z_1:T of clips by their classes, (n, F): (n, time, z_dim)."""
        frames = self._frames(classes)
        if not self.z_factors:
            return torch.zeros(*frames.shape[:2], 1)
        still = self._scaled(classes, self.z_factors)
        along_time = still.unsqueeze(1).expand(-1, frames.shape[1], -1)
        return torch.cat([along_time, frames], dim=-1)

    def _scaled(self, classes: np.ndarray, factors: Sequence[Factor]) -> Tensor:
        """Return classes, (n, F), of some factors from -1 to 1: (n, factors)."""
        scaled = np.zeros((len(classes), len(factors)), np.float32)
        for k, factor in enumerate(factors):
            scaled[:, k] = classes[:, self.corpus.space.column(factor.name)] / (len(factor) - 1)
        return torch.from_numpy(2 * scaled - 1)

    def _frames(self, classes: np.ndarray) -> Tensor:
        """Return labels of frames, the pitch as its rank, from -1 to 1: (n, time, labels)."""
        grid = FrameGrid(self.features.hop_samples, self.features.window_samples)
        schedule = self.corpus.schedule(self.corpus.space.values(classes))
        voices = self.corpus.sound.recipe.voices
        truth = frame_truth(schedule, self.corpus.clip_samples, grid, voices)
        ranks = np.linspace(0, 1, len(self._pitches))
        columns = {name: getattr(truth, name).astype(np.float64) for name in FRAME_LABELS}
        columns["pitch"] = np.interp(columns["pitch"], self._pitches, ranks)
        columns["note"] = (columns["note"] + 1) / len(schedule.notes[0])
        return torch.from_numpy(2 * np.stack(list(columns.values()), axis=-1) - 1).float()
