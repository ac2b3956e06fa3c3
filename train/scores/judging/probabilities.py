"""What is made of a judge's probabilities: disagreement, KL, entropies and the Inception Score.

p is (n, classes): of each of n clips, how probable a judge finds each class. All is in nats.

    disagreement      share of clips whose most probable class differs from that of another p
    KL(p to q)        mean over clips of sum_y p(y | x) log(p(y | x) / q(y | x))
    KL(random to q)   the same for p(y | x) = 1 / classes
    H(y | x)          mean over clips of -sum_y p(y | x) log p(y | x); small where a judge is sure
    H(y)              the entropy of p(y), the mean of p over clips; large where classes vary
    Inception Score   exp of the mean KL(p(y | x) to p(y)), which is exp(H(y) - H(y | x)); from 1 to
                      the number of classes

The first three are those of Li and Mandt 2018, sec. 4.1 (Table 1); the others those that Bai et al.
2021 report, as their published code (test_sprite_cls.py) has them. KLs depend on how sure a judge
may be: with six classes KL(random to q) of a judge that is sure is 5.9 nats where no probability is
below 1e-4, and 28.9 where none is below 1e-16. So every probability has a floor, and the floor is
reported beside the scores.
"""

import numpy as np
from scipy.special import rel_entr, xlogy

from ....settings import require

FLOOR = 1e-4


def floored(p: np.ndarray, floor: float = FLOOR) -> np.ndarray:
    """Return (1 - classes * floor) p + floor: no class is below the floor, and the sum stays 1."""
    require(
        0 <= floor <= 1 / p.shape[-1],
        f"the floor of probabilities is {floor}: 0 to 1 / {p.shape[-1]} classes is allowed",
    )
    return (1 - p.shape[-1] * floor) * p + floor


def disagreement(p: np.ndarray, q: np.ndarray) -> float:
    """Return the share of clips whose most probable class differs."""
    return float((checked(p).argmax(axis=1) != checked(q, p).argmax(axis=1)).mean())


def kl(p: np.ndarray, q: np.ndarray) -> float:
    """Return KL(p to q), the mean over clips; infinite where q excludes what p does not."""
    return float(rel_entr(checked(p), checked(q, p)).sum(axis=1).mean())


def kl_random(q: np.ndarray) -> float:
    """Return KL(random to q), the mean over clips."""
    return kl(np.full(q.shape, 1 / q.shape[1]), q)


def conditional_entropy(p: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return H(y | x); `weights` of the clips, (n,), are equal where None."""
    return float(np.average(-xlogy(checked(p), p).sum(axis=1), weights=weights))


def marginal_entropy(p: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return H(y); `weights` of the clips, (n,), are equal where None."""
    mean = np.average(checked(p), axis=0, weights=weights)
    return float(-xlogy(mean, mean).sum())


def inception_score(p: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the Inception Score; `weights` of the clips, (n,), are equal where None."""
    return float(np.exp(marginal_entropy(p, weights) - conditional_entropy(p, weights)))


def balanced(classes: np.ndarray) -> np.ndarray:
    """Return weights of clips, (n,), with which each of their classes, (n,), counts alike.

    Bai et al.'s code takes as many clips of each class, the first ones; this takes all.
    """
    _, which, counts = np.unique(classes, return_inverse=True, return_counts=True)
    weights: np.ndarray = 1 / counts[which]
    return weights


def checked(p: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """Return probabilities.

    Raises
    ------
    DsoundsError
        If they are not (n, classes), or of another shape than those that they are compared with;
        if one is negative or nan, or the sum of a clip is not 1.
    """
    require(
        p.ndim == 2 and p.size > 0,
        f"probabilities have the shape {p.shape}: (n, classes) is needed",
    )
    require(
        like is None or p.shape == like.shape,
        f"probabilities of shape {p.shape} cannot be compared with those of shape "
        f"{like is not None and like.shape}: clips and classes must be the same",
    )
    require(
        bool((p >= 0).all()) and bool((np.abs(p.sum(axis=1) - 1) < 1e-6).all()),
        "probabilities of a clip are 0 or more and add up to 1; are these logits?",
    )
    return p
