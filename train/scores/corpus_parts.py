"""Parts of a corpus with their labels, and true counterfactuals."""

from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import Corpus, FrameGrid, Recipe, open_corpus
from ...datasets.reading.corpus import find_corpus
from ...datasets.reading.features import features as log_mel_of
from ...datasets.reading.torch_datasets import Rendered
from ...errors import DsoundsError
from ...synth.features import LogMelSettings, log_mel
from ..fitting.data import Rows
from ..fitting.run_data import SCORED, SCORED_TRAIN, RunData, some
from .clips import Clips, Counterfactuals, Labels
from .swaps import pair_with_another

FRAME_LABELS = ("pitch", "onset", "rest")  # labels of a frame that have classes


def open_data(
    corpus: Corpus | Recipe | Path | str,
    split: str | None,
    part: str,
    settings: LogMelSettings,
) -> RunData:
    """Open a corpus, its folder or a recipe, with its log-mel and two parts of a split."""
    if isinstance(corpus, Recipe):
        opened = open_corpus(corpus)
    else:
        opened = corpus if isinstance(corpus, Corpus) else find_corpus(corpus)
    by = split or opened.splits[0]
    parts = opened.split("train", by), opened.split(part, by)
    if opened.folder is not None:
        return RunData(opened, settings, log_mel_of(opened, settings), *parts, by, part)
    parts = some(parts[0], SCORED_TRAIN), some(parts[1], SCORED)
    return RunData(opened, settings, Rendered(opened, settings), *parts, by, part)


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

    return Clips(
        labels=static,
        x=Rows(data.x, rows),
        dynamic=dynamic,
        frames=None if corpus.manifest.recorded else frames,
        values=values,
        audio=lambda places: corpus.audio(rows[places]),
    )


def counterfactuals_of(data: RunData, rows: np.ndarray, seed: int) -> Counterfactuals | None:
    """Pair each clip with one that differs in a static factor; the counterfactual is rendered.

    It is None where no static factor varies among the clips, or where they are recordings.
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
        return log_mel(data.corpus.counterfactual(rows[part], **factors), data.settings)

    return Counterfactuals(partner, rendered)
