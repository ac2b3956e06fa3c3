"""InfoM, InfoC and InfoE on codes whose answers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from dsounds.train.scores.codes.infoc import infoc
from dsounds.train.scores.codes.infoe import infoe
from dsounds.train.scores.codes.infom import infom
from dsounds.train.scores.codes.infomec import concentration

if TYPE_CHECKING:
    from .conftest import KnownCodes

N = 1200
RNG = np.random.default_rng(0)
FACTORS = {"a": np.arange(N) % 3, "b": np.arange(N) // 3 % 4}
TRUE = np.stack([FACTORS["a"], FACTORS["b"]], axis=1) + 0.05 * RNG.standard_normal((N, 2))


def test_the_numbers_of_the_authors_code(known: KnownCodes) -> None:
    """Commit 9a420a3 of kylehkhsu/latent_quantization, compute_infomec, continuous latents."""
    assert infom(known.codes, known.labels).value == pytest.approx(0.7845870900309193, abs=1e-9)
    assert infoc(known.codes, known.labels).value == pytest.approx(0.7340114718817183, abs=1e-9)
    assert infoe(known.codes, known.labels).value == pytest.approx(0.4083173122948495, abs=1e-4)


def test_what_is_in_one_place_of_several() -> None:
    shares = np.array([[4.0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 0, 0], [0, 0, 0, 0]])
    assert concentration(shares, axis=1).tolist() == pytest.approx([1, 0, 1 / 3, 0])
    assert concentration(shares.T, axis=0).tolist() == pytest.approx([1, 0, 1 / 3, 0])


def test_the_true_factors_have_1() -> None:
    for score in (infom, infoc, infoe):
        assert score(TRUE, FACTORS).value == pytest.approx(1, abs=0.03)


def test_doubled_dimensions_are_modular_and_not_compact() -> None:
    """Of 4 dimensions two tell of each factor: (1/2 - 1/4) / (1 - 1/4)."""
    twice = np.repeat(TRUE, 2, axis=1)
    assert infom(twice, FACTORS).value == pytest.approx(1, abs=0.03)
    assert infoc(twice, FACTORS).value == pytest.approx(1 / 3, abs=0.03)


def test_a_dimension_of_two_factors_is_compact_and_not_modular() -> None:
    mixed = (TRUE[:, :1] + 3 * TRUE[:, 1:]) / 12
    codes = np.concatenate([mixed, RNG.standard_normal((N, 2))], axis=1)
    assert infoc(codes, FACTORS, estimator="miller_madow").value > 0.9
    assert infom(mixed, FACTORS, estimator="miller_madow").value < 0.1
    assert infoe(mixed, FACTORS).value < 0.7  # a line does not tell a from a + 3 b


def test_noise_is_far_from_0_and_its_floor_says_so() -> None:
    noise, factors = RNG.standard_normal((N, 5)), FACTORS
    for score in (infom, infoc):
        found = score(noise, factors, permutations=20)
        assert found.floor is not None
        assert found.floor > 0.3
        assert abs(found.value - found.floor) < 0.4
    assert infoe(noise, factors).value < 0.02


def test_neighbours_have_no_interval_as_samples_drawn_twice_would_be_neighbours() -> None:
    assert infoc(TRUE, FACTORS, bootstraps=2).interval is None
    assert infoc(TRUE, FACTORS, bootstraps=2, estimator="quantile").interval is not None


def test_a_dimension_of_small_range_is_inactive() -> None:
    noise = RNG.standard_normal((N, 3))
    small = np.concatenate([TRUE, 0.01 * noise], axis=1)
    wide = np.concatenate([TRUE, noise], axis=1)
    assert infom(small, FACTORS).value == pytest.approx(infom(TRUE, FACTORS).value)
    assert infom(wide, FACTORS).value < infom(TRUE, FACTORS).value
    assert infoc(small, FACTORS).value == pytest.approx(infoc(TRUE, FACTORS).value)


def test_a_collapsed_code_has_0_and_too_few_have_no_value() -> None:
    for score in (infom, infoc):
        assert score(np.zeros((N, 3)), FACTORS).value == 0
    assert infoe(np.zeros((N, 3)), FACTORS).value == pytest.approx(0, abs=1e-6)
    assert np.isnan(infom(TRUE, {"a": FACTORS["a"]}).value)
    found = infoc(TRUE[:, :1], FACTORS)
    assert np.isnan(found.value)
    assert found.left_out == dict.fromkeys(FACTORS, "only one dimension is active: two are needed")


def test_infoe_is_the_loss_written_out() -> None:
    """(log K - loss) / log K, as classes of equal weight see nothing but their number."""
    codes = TRUE + RNG.standard_normal((N, 2))
    found = infoe(codes, {"b": FACTORS["b"]}).value
    scaled = (codes - codes.mean(axis=0)) / codes.std(axis=0)
    model = LogisticRegression(C=1e9, class_weight="balanced", max_iter=1000)
    model.fit(scaled, FACTORS["b"])
    loss = log_loss(FACTORS["b"], model.predict_proba(scaled))
    assert found == pytest.approx(1 - loss / np.log(4), abs=1e-3)


def test_infoe_of_samples_that_it_was_not_fitted_on_is_not_fooled() -> None:
    """40 dimensions of noise for 150 samples of 5 classes."""
    noise, factors = RNG.standard_normal((150, 40)), {"a": np.arange(150) % 5}
    assert infoe(noise, factors).value > 0.3
    assert infoe(noise, factors, held_out=True).value < 0
    assert infoe(TRUE, FACTORS, held_out=True).value > 0.9


def test_infoe_leaves_continuous_factors_out_by_name() -> None:
    found = infoe(TRUE, {**FACTORS, "level": RNG.standard_normal(N)})
    assert found.left_out == {"level": "it is continuous"}
