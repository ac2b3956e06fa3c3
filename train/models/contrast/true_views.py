"""True views of motion: the same melodies with other static factors, rendered by the generator.

Only a corpus of ours has them: each clip is rendered as its counterfactual with the static factors
of another clip. They are the upper bound for augmentations without labels. Partners are drawn once,
by the run's seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ....datasets import Corpus
from ....settings import require
from ....synth.features import LogMelSettings, log_mel
from ...scores.swaps.partners import pair_with_another

if TYPE_CHECKING:
    from ..family import Features

HELD_CLIPS = 4000  # their views stay in memory, 320 MB of 80 bands x 251 frames; more are rendered
_CHUNK_CLIPS = 128


class TrueViews:
    """Log-mel of the views of a corpus's clips, (clips, time, mel), rendered as it is indexed.

    Raises
    ------
    DsoundsError
        If the corpus is of recordings, or no static factor of its clips varies.
    """

    def __init__(self, corpus: Corpus, settings: LogMelSettings, seed: int) -> None:
        require(
            not corpus.manifest.recorded,
            f"true views are asked for, and {corpus.name} holds recordings: only what dsounds made "
            "can be rendered with other static factors",
        )
        statics = corpus.space.varying("static")
        columns = [corpus.space.column(factor.name) for factor in statics]
        classes = corpus.classes[:, columns]  # (clips, factors)
        require(
            bool((classes != classes[:1]).any()),
            f"true views are asked for, and no static factor of the clips of {corpus.name} varies: "
            "there is no other sound to render their melodies with",
        )
        self.corpus, self.settings = corpus, settings
        self.classes = classes[pair_with_another(classes, np.random.default_rng(seed))]
        self.factors = [factor.name for factor in statics]
        self.shape = (len(corpus), settings.frames(corpus.clip_samples), settings.bands)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, clips: Any) -> np.ndarray:
        """Return the views of clips by their numbers (n,): (n, time, mel) float32."""
        numbers = np.arange(len(self))[clips]
        out = np.empty((len(numbers), *self.shape[1:]), np.float32)
        for start in range(0, len(numbers), _CHUNK_CLIPS):
            part = numbers[start : start + _CHUNK_CLIPS]
            changed = dict(zip(self.factors, self.classes[part].T, strict=True))
            audio = self.corpus.counterfactual(part, classes=changed)
            out[start : start + len(part)] = log_mel(audio, self.settings)
        return out


def true_views(corpus: Corpus, settings: LogMelSettings, seed: int) -> Features:
    """Return the views of all clips: in memory where the corpus has a folder and is small."""
    views = TrueViews(corpus, settings, seed)
    held = corpus.folder is not None and len(corpus) <= HELD_CLIPS
    return views[:] if held else views
