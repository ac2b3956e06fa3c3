"""Estimates of mutual information against pairs enumerated with NumPy, and their bounds."""

import math
from itertools import combinations

import numpy as np
import pytest
import torch
from scipy.stats import norm

from dsounds.train.models.contrast.mutual_information import (
    between,
    contrast,
    log_marginal,
    with_data,
)
from dsounds.train.models.networks.gaussians import Gaussian

N = 12  # clips of the data set


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def posteriors(n: int, dim: int, spread: float = 1.0, seed: int = 0) -> Gaussian:
    mean, logvar = torch.randn(2, n, dim, generator=generator(seed), dtype=torch.float64)
    return Gaussian(spread * mean, 0.5 * logvar)


def density(q: Gaussian, j: int, z: np.ndarray) -> float:
    """Return q(z | x_j), by SciPy."""
    mean, logvar = q.mean[j].numpy(), q.logvar[j].numpy()
    return float(np.prod(norm.pdf(z, mean, np.exp(0.5 * logvar))))


def test_pairs_are_the_log_densities_of_all_draws_under_all_clips() -> None:
    mean, logvar = torch.randn(2, 4, 3, 2, generator=generator(), dtype=torch.float64)
    q = Gaussian(mean + 5, 2 * logvar)
    z = q.sample(generator(1))
    found = q.pairs(z)
    assert found.shape == (3, 4, 4)
    for t, i, j in np.ndindex(3, 4, 4):
        expected = norm.logpdf(z[i, t], q.mean[j, t], torch.exp(0.5 * q.logvar[j, t])).sum()
        assert float(found[t, i, j]) == pytest.approx(expected)


def test_pairs_keep_their_digits_far_from_zero() -> None:
    mean = 1000 + torch.randn(5, 16, generator=generator())
    q = Gaussian(mean, torch.full_like(mean, -6.0))
    z = q.sample(generator(1))
    exact = Gaussian(mean.double(), q.logvar.double()).pairs(z.double())
    torch.testing.assert_close(q.pairs(z).double(), exact, rtol=1e-3, atol=0.1)


def test_densities_and_contrasts_are_in_float32_in_a_run_of_bf16() -> None:
    q = Gaussian(3 * torch.randn(16, 8, generator=generator()), torch.full((16, 8), -4.0))
    z = q.sample(generator(1))
    plain = q.pairs(z), contrast(q.mean, z, 0.01)
    with torch.autocast("cpu", torch.bfloat16):
        halved = q.pairs(z), contrast(q.mean, z, 0.01)
    assert torch.equal(plain[0], halved[0])
    assert torch.equal(plain[1], halved[1])


@pytest.mark.parametrize("sampling", ["stratified", "weighted"])
def test_the_marginal_is_that_of_the_equation_pair_by_pair(sampling: str) -> None:
    """Chen et al. 2018: the weights of both kinds of sampling, written out."""
    n = 4
    q = posteriors(n, 2)
    z = q.sample(generator(1))
    found = log_marginal(q.pairs(z), N, sampling)  # type: ignore[arg-type]
    for i in range(n):
        total = 0.0
        for j in range(n):
            if sampling == "weighted":
                weight = 1 / (N * n)
            elif i == j:
                weight = 1 / N
            else:
                weight = (N - 1) / (N * (n - 1))
            total += weight * density(q, j, z[i].numpy())
        assert float(found[i]) == pytest.approx(math.log(total))


def test_the_stratified_marginal_is_unbiased() -> None:
    """Over all batches that hold the draw's clip its mean is the density under the data set."""
    q = posteriors(6, 1)
    z = q.sample(generator(1))
    truth = np.mean([density(q, j, z[0].numpy()) for j in range(6)])
    found = []
    for others in combinations(range(1, 6), 2):
        rows = torch.tensor([0, *others])
        pairs = q.at(rows).pairs(z[rows])
        found.append(float(log_marginal(pairs, 6)[0].exp()))
    assert np.mean(found) == pytest.approx(truth)


def test_with_the_whole_data_set_in_the_batch_it_is_the_mean_density() -> None:
    q = posteriors(5, 2)
    z = q.sample(generator(1))
    expected = [np.mean([density(q, j, z[i].numpy()) for j in range(5)]) for i in range(5)]
    np.testing.assert_allclose(log_marginal(q.pairs(z), 5).exp(), expected)
    # A data set cannot be smaller than its batch.
    assert torch.equal(log_marginal(q.pairs(z), 5), log_marginal(q.pairs(z), 0))


def test_codes_that_know_nothing_of_the_clip_have_no_information() -> None:
    z = torch.randn(8, 2, generator=generator(), dtype=torch.float64)
    prior = Gaussian(torch.zeros_like(z), torch.zeros_like(z))
    np.testing.assert_allclose(with_data(prior.pairs(z), N), 0, atol=1e-12)
    np.testing.assert_allclose(with_data(prior.pairs(z), N, "weighted"), math.log(N), rtol=1e-12)


def test_codes_that_tell_every_clip_apart_have_the_clips_logarithm() -> None:
    far = Gaussian(100 * torch.arange(8.0)[:, None], torch.zeros(8, 1))
    pairs = far.pairs(far.sample(generator()))
    np.testing.assert_allclose(with_data(pairs, N), math.log(N), rtol=1e-5)
    np.testing.assert_allclose(with_data(pairs, N, "weighted"), math.log(8 * N), rtol=1e-5)


def test_information_of_a_code_of_two_values_is_log_2() -> None:
    """As many clips at one value as at the other, all of the data set in the batch."""
    q = Gaussian(100 * (torch.arange(64.0) % 2)[:, None], torch.zeros(64, 1))
    pairs = q.pairs(q.sample(generator()))
    assert float(with_data(pairs, 64).mean()) == pytest.approx(math.log(2), abs=1e-5)
    # Identical codes share all that they tell; codes that do not depend on each other nothing.
    assert float(between(pairs, pairs, 64).mean()) == pytest.approx(math.log(2), abs=1e-5)
    other = Gaussian(100 * (torch.arange(64.0) // 2 % 2)[:, None], torch.zeros(64, 1))
    others = other.pairs(other.sample(generator(1)))
    assert float(between(pairs, others, 64).mean()) == pytest.approx(0, abs=1e-5)


def test_identical_codes_that_tell_every_clip_apart_share_log_n() -> None:
    far = Gaussian(100 * torch.arange(8.0)[:, None], torch.zeros(8, 1))
    pairs = far.pairs(far.sample(generator()))
    np.testing.assert_allclose(between(pairs, pairs, N), math.log(N), rtol=1e-5)


@pytest.mark.parametrize("sampling", ["stratified", "weighted"])
def test_shared_information_is_that_of_the_equation_pair_by_pair(sampling: str) -> None:
    n = 4
    q_a, q_b = posteriors(n, 2), posteriors(n, 3, seed=5)
    a, b = q_a.sample(generator(1)), q_b.sample(generator(2))
    found = between(q_a.pairs(a), q_b.pairs(b), N, sampling)  # type: ignore[arg-type]
    for i in range(n):
        sums = np.zeros(3)
        for j in range(n):
            weight = 1 / N if i == j else (N - 1) / (N * (n - 1))
            weight = weight if sampling == "stratified" else 1 / (N * n)
            of_a, of_b = density(q_a, j, a[i].numpy()), density(q_b, j, b[i].numpy())
            sums += weight * np.array([of_a * of_b, of_a, of_b])
        both, first, second = np.log(sums)
        assert float(found[i]) == pytest.approx(both - first - second)


def slow_contrast(codes: np.ndarray, views: np.ndarray, temperature: float) -> float:
    """Eq 7 and 8, anchor by anchor."""

    def phi(a: np.ndarray, b: np.ndarray) -> float:
        cosine = (a * b).sum() / math.sqrt((a * a).sum() * (b * b).sum())
        return math.exp(cosine / temperature)

    found = []
    for anchors, positives in ((codes, views), (views, codes)):
        for i in range(len(codes)):
            others = [j for j in range(len(codes)) if j != i]
            negatives = [phi(anchors[i], kind[j]) for kind in (codes, views) for j in others]
            positive = phi(anchors[i], positives[i])
            ratio = positive / (positive + sum(negatives))
            found.append(math.log(ratio) + math.log(len(negatives) + 1))
    return float(np.mean(found))


@pytest.mark.parametrize("shape", [(5, 3), (4, 7, 2)])
def test_the_contrast_is_eq_7_and_8_anchor_by_anchor(shape: tuple[int, ...]) -> None:
    codes, views = torch.randn(2, *shape, generator=generator(), dtype=torch.float64)
    for temperature in (0.1, 0.5):
        expected = slow_contrast(codes.numpy(), views.numpy(), temperature)
        assert float(contrast(codes, views, temperature)) == pytest.approx(expected)


def test_the_contrast_is_bounded_and_ignores_the_length_of_codes() -> None:
    codes, noise = torch.randn(2, 6, 16, generator=generator())
    bound = math.log(2 * 5 + 1)
    found = float(contrast(codes, codes, 0.01))
    assert found == pytest.approx(bound, abs=1e-3)
    assert float(contrast(codes, noise, 0.5)) < 0.5
    length = 1 + torch.rand(6, 1, generator=generator())
    torch.testing.assert_close(
        contrast(codes, noise, 0.5), contrast(length * codes, 3 * noise, 0.5)
    )


def test_views_that_say_nothing_of_the_clip_have_no_contrast() -> None:
    same = torch.ones(6, 4)
    assert float(contrast(same, same, 0.5)) == pytest.approx(0, abs=1e-6)
