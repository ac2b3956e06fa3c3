"""Parts of a corpus with their labels, and true counterfactuals."""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ....datasets import FrameGrid
from ....errors import DsoundsError
from ....settings import to_table
from ....synth.features import log_mel
from ...fitting.data import Rows
from ...fitting.run_data import RunData
from ..swaps.partners import pair_with_another
from .clips import Change, Clips, Counterfactuals, Labels
from .melody import Melody, melody_of

Tell = Callable[[np.ndarray, np.ndarray], None]
FRAME_LABELS = ("pitch", "onset", "rest", "note")  # labels of a frame that have classes


def describe(data: RunData, seed: int) -> dict[str, Any]:
    """Return what scores.json says of the clips.

    Raises
    ------
    DsoundsError
        If fewer than two clips are to be scored.
    """
    count, name, part = len(data.scored), data.corpus.name, data.part
    if count < 2:
        raise DsoundsError(
            f"the {part} part of {name} has {count} clips, scores need at least 2; was the corpus "
            f"made without a {part} part?"
        )
    return {
        "corpus": name,
        "corpus_id": data.corpus.id,
        "split": data.split,
        "part": part,
        "train_clips": len(data.train),
        "scored_clips": count,
        "features": to_table(data.settings),
        "seed": seed,
    }


def clips_of(data: RunData, rows: np.ndarray) -> Clips:
    """Return clips of a corpus with their labels of every factor that varies."""
    corpus = data.corpus
    classes, values = corpus.labels(rows)
    static, dynamic = (
        {f.name: classes[:, corpus.space.column(f.name)] for f in corpus.space.varying(kind)}
        for kind in ("static", "dynamic")
    )
    grid = FrameGrid(data.settings.hop_samples, data.settings.window_samples)

    def frames() -> Labels:
        truth = corpus.frames(rows, grid)
        return {name: getattr(truth, name).astype(np.int64) for name in FRAME_LABELS}

    def melody(dynamic_of: np.ndarray, static_of: np.ndarray) -> Melody:
        played = classes[dynamic_of].copy()
        for factor in corpus.space.varying("static"):
            column = corpus.space.column(factor.name)
            played[:, column] = classes[static_of, column]
        return melody_of(corpus, played, grid)

    return Clips(
        labels=static,
        x=Rows(data.x, rows),
        dynamic=dynamic,
        frames=None if corpus.manifest.recorded else frames,
        values=values,
        kinds={f.name: "ordinal" for f in corpus.space.factors if f.ordinal},
        audio=lambda places: corpus.audio(rows[places]),
        melody=None if corpus.manifest.recorded else melody,
    )


def counterfactuals_of(
    data: RunData, rows: np.ndarray, seed: int, tell: Tell | None = None
) -> Counterfactuals | None:
    """Pair each clip with one that differs in a static factor; the counterfactual is rendered.

    It is None where no static factor varies among the clips, or where they are recordings. For
    `tell` see `changes_of`.
    """
    if data.corpus.manifest.recorded:
        return None
    labels = clips_of(data, rows).labels
    if not any(len(np.unique(values)) > 1 for values in labels.values()):
        return None
    statics = np.stack(list(labels.values()), axis=1)  # (clips, factors)
    partner = pair_with_another(statics, np.random.default_rng(seed))
    changed = {name: values[partner] for name, values in labels.items()}

    def rendered(part: slice) -> np.ndarray:
        factors = {name: classes[part] for name, classes in changed.items()}
        return _changed(data, rows[part], factors, tell)

    return Counterfactuals(partner, rendered)


def changes_of(
    data: RunData, rows: np.ndarray, seed: int, tell: Tell | None = None
) -> dict[str, Change] | None:
    """Give each clip the class of a clip that has another, one factor at a time; it is rendered.

    Factors are those that vary among the clips, static and dynamic. It is None for recordings.

    Parameters
    ----------
    tell
        Called with the log-mel and the classes, (m, F), of clips that were rendered: an oracle
        knows no other clips than those that it is told of.
    """
    if data.corpus.manifest.recorded:
        return None
    clips = clips_of(data, rows)

    def change(name: str, own: np.ndarray) -> Change:
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        classes = own[pair_with_another(own, rng)]

        def rendered(part: slice | np.ndarray) -> np.ndarray:
            return _changed(data, rows[part], {name: classes[part]}, tell)

        return Change(classes, rendered)

    labels = {**clips.labels, **clips.dynamic}
    return {name: change(name, own) for name, own in labels.items() if len(np.unique(own)) > 1}


def _changed(
    data: RunData, rows: np.ndarray, factors: Mapping[str, np.ndarray], tell: Tell | None
) -> np.ndarray:
    """Return the log-mel of clips with other classes, (m,), of some factors, and tell of it."""
    x = log_mel(data.corpus.counterfactual(rows, classes=factors), data.settings)
    if tell is not None:
        classes = data.corpus.labels(rows)[0].copy()
        for name, changed in factors.items():
            classes[:, data.corpus.space.column(name)] = changed
        tell(x, classes)
    return x
