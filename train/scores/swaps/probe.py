"""A linear discriminant over v, and the macro F1 of what it reads from v."""

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SHRINKAGE = 1e-4  # share of the mean variance that stands for none at all


class Probe:
    """LDA over v. `rank` counts the dimensions that v spans; 0 if v is the same for all clips."""

    def __init__(self, v: np.ndarray, labels: np.ndarray) -> None:
        """Fit the discriminant to v, (clips, v_dim), and class labels, (clips,)."""
        self.classes, which = np.unique(labels, return_inverse=True)
        self.centres = np.stack([v[labels == c].mean(axis=0) for c in self.classes])
        self.rank = _rank(v - v.mean(axis=0), v)
        # Where nothing varies inside the classes LDA has nothing to divide by. Its limit for ever
        # smaller variance is the nearest class mean: right if the means differ, one and the same
        # class for all clips if v has collapsed to a constant.
        varying = _rank(v - self.centres[which], v)
        # LDA leaves out a direction in which only the class varies, although it tells it at once;
        # with a little variance everywhere it does not.
        exact = varying < min(self.rank, len(v) - len(self.classes))
        shrunk = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE)
        lda = make_pipeline(StandardScaler(), shrunk) if exact else LinearDiscriminantAnalysis()
        self.lda = lda.fit(v, labels) if varying else None

    def f1(self, v: np.ndarray, labels: np.ndarray) -> float:
        """Return the macro F1 of predicting `labels` from v."""
        return macro_f1(labels, self.predict(v))

    def predict(self, v: np.ndarray) -> np.ndarray:
        """Return the class of each clip that is read from v: (clips,)."""
        predicted: np.ndarray = self._nearest(v) if self.lda is None else self.lda.predict(v)
        return predicted

    def _nearest(self, v: np.ndarray) -> np.ndarray:
        distance = np.linalg.norm(v[:, None] - self.centres, axis=-1)  # (clips, classes)
        return self.classes[distance.argmin(axis=1)]


def macro_f1(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Return the F1 of each class, averaged with equal weights."""
    return float(f1_score(labels, predicted, average="macro", zero_division=0.0))


def _rank(deviations: np.ndarray, v: np.ndarray) -> int:
    """Return the rank of deviations of v; what float32 rounding of v leaves does not count."""
    rounding = np.finfo(np.float32).eps * max(v.shape) * np.linalg.norm(v, 2)
    return int(np.linalg.matrix_rank(deviations, tol=float(rounding)))
