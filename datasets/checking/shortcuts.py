"""Shortcuts: how well statistics that hear nothing tell the factors of a corpus.

A model may tell the instrument by the level of the clip alone, which says nothing of whether it
hears. A small classifier is asked for each factor, by each statistic alone (a decision tree) and by
all of them (a random forest), and is always asked of other clips than those it was fitted to.

    level       root mean square, dB of full scale
    peak        largest amplitude
    dc          mean
    centroid    mean frequency of the clip, weighted by power, Hz
    begin, end  seconds before the first and after the last sample above -60 dB of full scale
    last        amplitude of the last sample
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.tree import DecisionTreeClassifier

from ...settings import require
from ...synth.rendering.pcm import to_float
from ..reading.corpus import Corpus

NAMES = ("level", "peak", "dc", "centroid", "begin", "end", "last")
MOST_CLIPS = 1000
_LEAST_CLIPS = 20
_AUDIBLE = 1e-3
_SILENCE_DB = -200.0
_FOLDS, _TREES, _LEAF_CLIPS = 5, 25, 2
_BATCH_CLIPS = 100
_SEEDS = 2**32  # of scikit-learn


@dataclass(frozen=True)
class Shortcut:
    """How often a factor is told right, each from 0 to 1.

    `chance` is the share of the most frequent class, `single` has each statistic alone, by name.
    """

    factor: str
    classes: int
    chance: float
    single: dict[str, float]
    together: float


def statistics(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    """Return the statistics of clips (n, samples) from -1 to 1: (n, 7) float64, as in `NAMES`."""
    sound = np.asarray(sound, np.float64)
    size = np.abs(sound)
    heard = size > _AUDIBLE
    silent = ~heard.any(axis=1)
    begin = np.where(silent, sound.shape[1], heard.argmax(axis=1))
    end = np.where(silent, sound.shape[1], heard[:, ::-1].argmax(axis=1))
    power = np.abs(np.fft.rfft(sound)) ** 2
    hz = np.fft.rfftfreq(sound.shape[1], 1 / rate_hz)
    mean_square = np.maximum(np.mean(sound**2, axis=1), 10 ** (_SILENCE_DB / 10))
    columns = (
        10 * np.log10(mean_square),
        size.max(axis=1),
        sound.mean(axis=1),
        power @ hz / np.maximum(power.sum(axis=1), np.finfo(float).tiny),
        begin / rate_hz,
        end / rate_hz,
        size[:, -1],
    )
    return np.stack(columns, axis=1)


def statistics_of(corpus: Corpus, clips: np.ndarray) -> np.ndarray:
    """Return the statistics of clips (n,) of a corpus: (n, 7)."""
    parts = [clips[k : k + _BATCH_CLIPS] for k in range(0, len(clips), _BATCH_CLIPS)]
    return np.concatenate(
        [statistics(to_float(corpus.pcm(p)), corpus.sample_rate_hz) for p in parts]
    )


def forest(seed: int = 0) -> ClassifierMixin:
    """Return the classifier that is asked with all statistics."""
    return RandomForestClassifier(_TREES, min_samples_leaf=_LEAF_CLIPS, random_state=seed % _SEEDS)


def shortcuts(corpus: Corpus, seed: int = 0) -> list[Shortcut]:
    """Return how well each factor that varies is told, in at most 1,000 clips.

    `seed` draws the clips, their folds and the forest.

    Raises
    ------
    DsoundsError
        If the corpus has fewer than 20 clips.
    """
    require(
        len(corpus) >= _LEAST_CLIPS,
        f"{corpus.name} has {len(corpus)} clips, which is too few to tell shortcuts from chance: "
        f"{_LEAST_CLIPS} or more are needed",
    )
    rng = np.random.default_rng(seed)
    clips = np.sort(rng.choice(len(corpus), min(MOST_CLIPS, len(corpus)), replace=False))
    found, classes = statistics_of(corpus, clips), corpus.labels(clips)[0]
    return [
        told(factor.name, found, classes[:, column], seed)
        for column, factor in enumerate(corpus.space.factors)
        if len(np.unique(classes[:, column])) > 1
    ]


def told(factor: str, found: np.ndarray, classes: np.ndarray, seed: int = 0) -> Shortcut:
    """Return how well statistics (n, S), the columns of `NAMES`, tell classes (n,)."""
    seed %= _SEEDS
    folds = KFold(_FOLDS, shuffle=True, random_state=seed)

    def share(model: ClassifierMixin, columns: np.ndarray) -> float:
        return float(np.mean(cross_val_predict(model, columns, classes, cv=folds) == classes))

    tree = DecisionTreeClassifier(min_samples_leaf=_LEAF_CLIPS, random_state=seed)
    return Shortcut(
        factor,
        len(np.unique(classes)),
        float(np.bincount(classes).max() / len(classes)),
        {name: share(tree, found[:, [column]]) for column, name in enumerate(NAMES)},
        share(forest(seed), found),
    )


def shortcut_lines(rows: list[Shortcut]) -> str:
    """Return a table for a terminal: a line for each factor, in percent."""
    width = max(15, *(len(one.factor) + 4 for one in rows)) if rows else 15
    heads = ("classes", "chance", "all", *NAMES)
    lines = [
        "told by statistics that hear nothing, in % of the clips; chance is the commonest class",
        "",
        "  " + "factor".ljust(width) + "".join(f"{head:>9}" for head in heads),
    ]
    for one in rows:
        shares = (one.chance, one.together, *one.single.values())
        cells = "".join(f"{100 * share:>9.1f}" for share in shares)
        lines.append(f"  {one.factor:<{width}}{one.classes:>9}{cells}")
    return "\n".join(lines)
