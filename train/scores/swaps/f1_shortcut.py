"""F1 of reading a static factor from statistics that hear nothing: a known answer, no model.

A random forest is fitted to level, peak, mean, spectral centroid, silence at both ends and the last
sample of training clips, and asked of the scored clips (`datasets.checking.shortcuts`). Where it
tells the class, an F1 from v shows that v has these statistics, and need not show more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ....synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from ..row import Score
from .partners import chances

if TYPE_CHECKING:
    from ..data.clips import Clips
    from ..data.evaluation_data import EvaluationData

_BATCH_CLIPS = 100


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the macro F1 of each factor."""
    from ....datasets.checking.shortcuts import forest
    from .probe import macro_f1

    assert data.train is not None
    rng = data.rng("f1_shortcut")
    fitted, asked = _some(data.train, rng), _some(data.scored, rng)
    x_fitted, x_asked = _statistics(data.train, fitted), _statistics(data.scored, asked)
    found = {}
    for name in data.factors:
        model = forest(data.seed).fit(x_fitted, data.train.labels[name][fitted])
        found[name] = macro_f1(data.labels[name][asked], model.predict(x_asked))
    return found


def _some(clips: Clips, rng: np.random.Generator) -> np.ndarray:
    """Return the places of all clips, or of 1,000 of them: (m,)."""
    from ....datasets.checking import shortcuts

    return np.sort(rng.choice(len(clips), min(shortcuts.MOST_CLIPS, len(clips)), replace=False))


def _statistics(clips: Clips, places: np.ndarray) -> np.ndarray:
    """Return the statistics of clips at some places (m,): (m, 7)."""
    from ....datasets.checking.shortcuts import statistics

    assert clips.audio is not None
    parts = [places[k : k + _BATCH_CLIPS] for k in range(0, len(places), _BATCH_CLIPS)]
    return np.concatenate([statistics(clips.audio(part), SAMPLE_RATE_HZ) for part in parts])


SCORE = Score(
    name="f1_shortcut",
    label="shortcut",
    compute=compute,
    hint="no model: a forest reads the class from level, mean, centroid, silence, last sample",
    unit="macro F1",
    scope="factor",
    order=45,
    floor=chances,
    ceiling=1.0,
    needs=frozenset({"train", "v", "train_audio"}),
    costly=True,
)
