"""What each score gives for models of known quality, on one's own corpus.

Each is an oracle of a corpus in another layout, so it is known what its codes tell and what its
swaps do; one more has codes of noise. A score that cannot tell such a fault from a perfect model
says nothing about it in a trained one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ....datasets import Corpus
from ....datasets.reading.opening import find_corpus
from ....synth.features import LogMelSettings
from ...fitting.run_data import parts_of
from ...models.interface import Codes, SequenceModel
from ..data.evaluation_data import EvaluationData
from ..evaluation import Evaluation, score
from ..registry import shown_keys
from .layout import LAYOUTS
from .oracle import Oracle

NOISE = "noise"
_SUMMARIES = {name: one.summary for name, one in LAYOUTS.items()} | {
    NOISE: "codes know nothing of the clip, and each clip decoded is the mean of all"
}
_WIDTH = 11
_V_DIM, _Z_DIM = 4, 8
_MEAN_CLIPS = 1000  # at most, of which the mean is taken


class Noise:
    """A model that knows nothing: codes are noise of each clip, and its mean clip is decoded."""

    def __init__(self, mean: Tensor) -> None:
        self._mean = mean  # (time, mel)

    def encode(self, x: Tensor) -> Codes:
        """Return the same noise whenever a clip is encoded; x is (batch, time, mel)."""
        seeds = [crc32(clip.numpy().tobytes()) for clip in x]
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        v = torch.stack([torch.randn(_V_DIM, generator=one) for one in generators])
        shape = x.shape[1], _Z_DIM
        z = torch.stack([torch.randn(*shape, generator=one) for one in generators])
        return Codes(v_mean=v, z_mean=z)

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        """Return the mean clip for each: (batch, time, mel)."""
        return self._mean.expand(len(v), -1, -1)

    def sample_v(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Return more noise: (n, v_dim)."""
        return torch.randn(n, _V_DIM, generator=generator)

    def sample_z(self, n: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
        """Return more noise: (n, frames, z_dim)."""
        return torch.randn(n, frames, _Z_DIM, generator=generator)


@dataclass(frozen=True)
class ModelSelfTest:
    """The scores of models of known quality, by their names, on one corpus."""

    corpus: str
    found: Mapping[str, Evaluation]

    def write(self, folder: Path) -> None:
        """Write the scores of each model into a folder of its own in this one.

        Raises
        ------
        DsoundsError
            If it cannot be written.
        """
        for name, one in self.found.items():
            one.write(folder / name)

    def table(self) -> str:
        """Return a line for each number that tables show and any has, a column for each model."""
        flat = {name: one.scores for name, one in self.found.items()}
        there = dict.fromkeys(key for scores in flat.values() for key in scores)
        keys = [key for label in shown_keys() for key in there if key.rpartition("/")[2] == label]
        keys = [key for key in keys if any(one.get(key) is not None for one in flat.values())]
        wide = max(map(len, keys), default=0) + 2
        head = " " * wide + "".join(f"{name:>{_WIDTH}}" for name in flat)
        lines = [
            f"{key:<{wide}}" + "".join(f"{_cell(one.get(key)):>{_WIDTH}}" for one in flat.values())
            for key in keys
        ]
        kinds = [f"{name}: {_SUMMARIES[name]}" for name in flat]
        return "\n".join([f"known models of {self.corpus}", "", head, *lines, "", *kinds])


def selftest_models(
    corpus: Corpus | Path | str,
    scores: Sequence[str] = (),
    features: LogMelSettings | None = None,
    split: str = "",
    seed: int = 0,
    progress: bool = False,
) -> ModelSelfTest:
    """Score models of known quality on a corpus.

    Parameters
    ----------
    corpus
        A corpus, its folder, or the name of a recipe.
    scores
        The names of the scores; all of them where empty.
    features, split
        The log-mel and the split; the first where "".
    seed
        Draws partners.
    progress
        Whether to show a bar.

    Raises
    ------
    DsoundsError
        If a name is unknown, or the corpus holds recordings.
    """
    opened = corpus if isinstance(corpus, Corpus) else find_corpus(corpus)
    mel, names = features or LogMelSettings(), [*LAYOUTS, NOISE]
    found: dict[str, Evaluation] = {}
    for name in tqdm(names, unit="model", disable=None if progress else True):
        model = _model(name, opened, mel, split)
        data = EvaluationData.of_corpus(model, opened, split or None, features=mel, seed=seed)
        found[name] = score(data, only=scores)
    return ModelSelfTest(opened.name, found)


def _model(name: str, corpus: Corpus, features: LogMelSettings, split: str) -> SequenceModel:
    if name != NOISE:
        return Oracle(corpus, features, split, LAYOUTS[name])
    data = parts_of(corpus, features, split)
    clips = np.asarray(data.x[data.train[:_MEAN_CLIPS]])
    return Noise(torch.from_numpy(clips.mean(axis=0)))


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
