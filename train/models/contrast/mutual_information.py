"""Estimates of mutual information from a batch: by sampling of densities, and by contrast.

Sources: Bai et al. 2021, Eq 5, 7 and 8; Chen et al. 2018, sec. 4.2 and its appendix C. All are in
nats. Log densities of pairs are (..., n, n): [..., i, j] is log q(z_i | x_j), so the diagonal is
each draw's own. N is the number of clips in the data set, n that in the batch.

| sampling | weight of q(z_i given x_i) | weight of each other q(z_i given x_j) |
|---|---|---|
| stratified | 1 / N | (N - 1) / (N (n - 1)) |
| weighted | 1 / (N n) | 1 / (N n) |

Stratified weights give an unbiased estimate of q(z_i), the mean over the data set: the clip of the
draw is certain to be in the batch and stands for itself, the others stand for the N - 1 others. A
mutual information is then 0 where no clip differs from another, and log N where all do. It is the
minibatch stratified sampling of Chen et al. 2018, averaged over its choice of the last clip. Their
mini-batch weighted sampling (MWS) is biased: log N where no clip differs, log N + log n where all
do; its gradient has the batch's own clip weigh as much as each other one.
"""

import math
from typing import Literal

import torch
from torch import Tensor, nn

Sampling = Literal["stratified", "weighted"]


def log_marginal(pairs: Tensor, clips: int, sampling: Sampling = "stratified") -> Tensor:
    """Return log q(z_i), the density of a draw under the posteriors of the whole data set.

    Parameters
    ----------
    pairs
        (..., n, n) log q(z_i | x_j), n at least 2.
    clips
        N, of the data set; it counts as n where it is less.

    Returns
    -------
    Tensor
        (..., n).
    """
    n = pairs.shape[-1]
    clips = max(clips, n)
    if sampling == "weighted":
        return torch.logsumexp(pairs, dim=-1) - math.log(clips * n)
    weights = pairs.new_full((n, n), math.log((clips - 1) / (clips * (n - 1))))
    weights.fill_diagonal_(-math.log(clips))
    return torch.logsumexp(pairs + weights, dim=-1)


def with_data(pairs: Tensor, clips: int, sampling: Sampling = "stratified") -> Tensor:
    """Return log q(z_i | x_i) - log q(z_i), (..., n), whose mean estimates I(z; x)."""
    own = pairs.diagonal(dim1=-2, dim2=-1)
    return own - log_marginal(pairs, clips, sampling)


def between(first: Tensor, second: Tensor, clips: int, sampling: Sampling = "stratified") -> Tensor:
    """Return log q(a_i, b_i) - log q(a_i) - log q(b_i), (..., n), whose mean estimates I(a; b).

    `first` and `second` are the log densities of pairs of a and of b, which are independent given
    x, so that those of both are their sum.
    """
    joint = log_marginal(first + second, clips, sampling)
    return joint - log_marginal(first, clips, sampling) - log_marginal(second, clips, sampling)


def contrast(codes: Tensor, views: Tensor, temperature: float) -> Tensor:
    """Return log(phi+ / (phi+ + sum phi-)) + log(n + 1) of Eq 7, averaged as in Eq 8: a scalar.

    phi is exp(cosine / temperature). The positive of a clip is its view, and that of a view its
    clip; the negatives are the other clips of the batch and their views, n = 2 (batch - 1), as in
    the released code. The most that it can be is log(n + 1).

    Parameters
    ----------
    codes, views
        (batch, ...) codes of the clips and of their augmented views; each is flattened.
    """
    both = torch.cat([codes.flatten(1), views.flatten(1)])
    both = nn.functional.normalize(both, dim=1)
    with torch.autocast(both.device.type, enabled=False):
        logits = both @ both.T / temperature
    logits.fill_diagonal_(-math.inf)  # no code is its own negative
    positive = torch.arange(len(both), device=both.device).roll(len(codes))
    missing = nn.functional.cross_entropy(logits, positive)
    return math.log(len(both) - 1) - missing
