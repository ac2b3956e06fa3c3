"""Swap scores: does v, and only v, carry a global factor? (000 section 6.1, Fig 3)

A linear discriminant (LDA) is fitted to the training clips' posterior means of v. It is then asked
for the factor's class of each validation clip i, paired with a clip j of another class:

| score | v comes from | right answer |
|---|---|---|
| f1_input | encoding x_i | class of i |
| f1_reconstruction | decoding (z_i, v_i), encoding again | class of i |
| f1_global | decoding (z_i, v_j), encoding again | class of j |
| f1_local | decoding (z_j, v_i), encoding again | class of i |

Each is a macro-averaged F1, 0 to 1. The literature calls both of the first two "pre-swap". Beside
them stand two guesses that know nothing: f1_constant, always the most frequent class, and
f1_random, 1 / classes, any class as often as another; `chance` is the better of the two.
"""

from collections.abc import Mapping

import numpy as np
import torch
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import f1_score
from torch import Tensor

from ..models.interface import Codes, SequenceModel, decode_all, encode_all


class Probe:
    """LDA over v. rank: dimensions that v spans; 0 for a v that is the same for all clips."""

    def __init__(self, v: np.ndarray, labels: np.ndarray) -> None:
        """TrainingModule to v: (clips, v_dim) and class labels: (clips,)."""
        self.classes, which = np.unique(labels, return_inverse=True)
        self.centres = np.stack([v[labels == c].mean(axis=0) for c in self.classes])
        self.rank = _rank(v - v.mean(axis=0), v)
        # Where nothing varies inside the classes LDA has nothing to divide by. Its limit for ever
        # smaller variance is the nearest class mean: right if the means differ, one and the same
        # class for all clips if v has collapsed to a constant.
        varies = _rank(v - self.centres[which], v) > 0
        self.lda = LinearDiscriminantAnalysis().fit(v, labels) if varies else None

    def f1(self, v: np.ndarray, labels: np.ndarray) -> float:
        """Return the macro F1 of predicting `labels` from v."""
        predicted = self._nearest(v) if self.lda is None else self.lda.predict(v)
        return _macro_f1(labels, predicted)

    def _nearest(self, v: np.ndarray) -> np.ndarray:
        distance = np.linalg.norm(v[:, None] - self.centres, axis=-1)  # (clips, classes)
        return self.classes[distance.argmin(axis=1)]


def _rank(deviations: np.ndarray, v: np.ndarray) -> int:
    """Return the rank of deviations of v; what float32 rounding of v leaves does not count."""
    rounding = np.finfo(np.float32).eps * max(v.shape) * np.linalg.norm(v, 2)
    return int(np.linalg.matrix_rank(deviations, tol=float(rounding)))


def _macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    return float(f1_score(labels, predicted, average="macro", zero_division=0.0))


def pair_with_another(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return for each clip i the number of a random clip j that has another label.

    The time is that of sorting the clips, O(n log n).

    Parameters
    ----------
    labels
        (clips,), or (clips, factors), where one differing factor suffices; not all the same.
    """
    rows = labels.reshape(len(labels), -1)
    _, group, size = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    draw = rng.integers(0, len(rows) - size[group])  # which of the clips outside the own group
    partner = np.empty(len(rows), np.int64)
    for members in np.split(np.argsort(group, kind="stable"), np.cumsum(size)[:-1]):
        outside = members - np.arange(len(members))  # how many of the others lie before a member
        skipped = np.searchsorted(outside, draw[members], side="right")
        partner[members] = draw[members] + skipped
    return partner


def swap_scores(
    model: SequenceModel,
    train_v: np.ndarray,
    train_labels: np.ndarray,
    codes: Codes,
    labels: np.ndarray,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Return the scores of one factor.

    Parameters
    ----------
    train_v, train_labels
        Posterior means of the training clips, (clips, v_dim), and their classes.
    codes, labels
        Of the validation clips; at least two classes.
    """
    probe = Probe(train_v, train_labels)
    partner = pair_with_another(labels, rng)
    j = torch.from_numpy(partner)
    z, v = codes.z_mean, codes.v_mean
    constant = np.full(len(labels), np.bincount(labels).argmax())
    classes = len(np.unique(labels))
    return {
        "f1_input": probe.f1(v.numpy(), labels),
        "f1_reconstruction": probe.f1(_again(model, z, v), labels),
        "f1_global": probe.f1(_again(model, z, v[j]), labels[partner]),
        "f1_local": probe.f1(_again(model, z[j], v), labels),
        "f1_constant": _macro_f1(labels, constant),
        "f1_random": 1 / classes,
        "lda_rank": float(probe.rank),
        "classes": float(classes),
    }


def chance(row: Mapping[str, float]) -> float:
    """Return the macro F1 of knowing nothing, from a row of `swap_scores`: the better guess."""
    return max(row["f1_constant"], row["f1_random"])


def _again(model: SequenceModel, z: Tensor, v: Tensor) -> np.ndarray:
    """Decode, encode again, return the posterior means of v."""
    return encode_all(model, decode_all(model, z, v)).v_mean.numpy()
