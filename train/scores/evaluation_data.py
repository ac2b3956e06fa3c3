"""What scores read of a corpus: clips with their labels, and true counterfactuals."""

import numpy as np

from ...synth.features import log_mel
from ..fitting.run_data import RunData
from .score import Clips, Counterfactuals
from .swaps import pair_with_another

CHUNK_CLIPS = 64  # clips that are held as sound at a time: 16 MB


def clips_of(material: RunData, rows: np.ndarray) -> Clips:
    """Return clips with their labels of every static factor that varies."""
    space, (classes, _) = material.corpus.space, material.corpus.labels(rows)
    labels = {f.name: classes[:, space.column(f.name)] for f in space.varying("static")}
    return Clips(material.x[rows], labels)


def counterfactuals_of(material: RunData, rows: np.ndarray, seed: int) -> Counterfactuals | None:
    """Pair each clip with one that differs in a static factor, and render what it would be.

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
    x = material.x
    return Counterfactuals(x[rows], x[rows[partner]], _rendered(material, rows, changed))


def _rendered(material: RunData, rows: np.ndarray, changed: dict[str, np.ndarray]) -> np.ndarray:
    """Return the log-mel of clips with changed factors, rendered some at a time."""
    parts = []
    for start in range(0, len(rows), CHUNK_CLIPS):
        chunk = slice(start, start + CHUNK_CLIPS)
        factors = {name: classes[chunk] for name, classes in changed.items()}
        sound = material.corpus.counterfactual(rows[chunk], **factors)
        parts.append(log_mel(sound, material.settings))
    return np.concatenate(parts)
