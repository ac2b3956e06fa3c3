"""Codes of known quality are what they are called, and each score tells them apart."""

import re

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.errors import DsoundsError
from dsounds.train.scores.codes.estimators import CORRECTED
from dsounds.train.scores.codes.mig import mig
from dsounds.train.scores.known_codes.constructions import CONSTRUCTIONS, codes_of, draw_factors
from dsounds.train.scores.known_codes.selftest import code_scores, selftest

SIZES = (2, 3, 5)


def made(name: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return factors from -1 to 1 and codes of 8 dimensions."""
    rng = np.random.default_rng(seed)
    factors = draw_factors(900, SIZES, rng)
    scaled = np.stack([2 * one / one.max() - 1 for one in factors.values()], axis=1)
    return scaled, codes_of(name, factors, 8, rng)


def test_factors_are_balanced_and_independent() -> None:
    factors = draw_factors(900, SIZES, np.random.default_rng(0))
    for one, size in zip(factors.values(), SIZES, strict=True):
        assert np.bincount(one).tolist() == [900 // size] * size
    assert abs(np.corrcoef(factors["factor_1"], factors["factor_2"])[0, 1]) < 0.1


@pytest.mark.parametrize("name", ["perfect", "duplicated", "rotated", "permuted"])
def test_these_hold_every_factor(name: str) -> None:
    factors, codes = made(name)
    fitted = np.linalg.lstsq(np.c_[codes, np.ones(len(codes))], factors, rcond=None)[0]
    left = factors - np.c_[codes, np.ones(len(codes))] @ fitted
    assert np.abs(left).max() < 0.1


def test_each_is_mixed_as_it_says() -> None:
    factors, perfect = made("perfect")
    np.testing.assert_allclose(perfect[:, :3], factors, atol=0.06)
    assert perfect[:, 3:].std() < 0.02
    factors, entangled = made("entangled")
    np.testing.assert_allclose(entangled[:, 1], factors[:, 1] + factors[:, 0], atol=0.06)
    factors, twice = made("duplicated")
    np.testing.assert_allclose(twice[:, 3:6], factors, atol=0.06)
    assert np.ptp(made("collapsed")[1]) == 0
    _, permuted = made("permuted")
    own = mig(permuted, draw_factors(900, SIZES, np.random.default_rng(0)))
    assert own.value > 0.9


def test_figures_are_those_of_the_score_itself() -> None:
    found = selftest(300, 8, SIZES, scores=["mig"], repeats=2, seed=5)
    assert list(found.values["mig"]) == list(CONSTRUCTIONS)
    rng = np.random.default_rng([5, 1])
    factors = draw_factors(300, SIZES, rng)
    codes = codes_of("perfect", factors, 8, rng)
    assert found.values["mig"]["perfect"][1] == mig(codes, factors).value
    less = mig(codes, factors, kinds=dict.fromkeys(factors, "ordinal"), estimator=CORRECTED)
    assert found.values["mig_corrected"]["perfect"][1] == less.value != mig(codes, factors).value
    assert selftest(300, 8, SIZES, scores=["mig"], repeats=2, seed=5).table() == found.table()


def test_too_few_dimensions_leave_kinds_of_codes_out() -> None:
    found = selftest(100, 4, SIZES, scores=["mig"], repeats=1)
    assert "duplicated" not in found.values["mig"]
    assert "perfect" in found.values["mig"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"dimensions": 2}, "2 dimensions are too few for 3 factors"),
        ({"samples": 9}, "9 samples are too few for a factor of 5 classes: at least 10"),
        ({"sizes": (1, 3)}, r"\[1, 3\] classes: each needs 2 or more"),
        ({"sizes": ()}, "at least one factor"),
        ({"repeats": 0}, "repeats is 0: 1 to 10,000"),
        ({"repeats": 10_001}, "repeats is 10001: 1 to 10,000"),
        ({"scores": ["mgi"]}, "unknown score 'mgi', did you mean 'mig'"),
    ],
)
def test_bad_input(given: dict[str, object], says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        selftest(**{"samples": 100, "dimensions": 8, "sizes": SIZES} | given)  # type: ignore[arg-type]


def test_the_command_prints_a_line_for_each_score(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["selftest", "--codes", "200", "--dimensions", "6", "--factors", "2", "3"]
    assert main([*arguments, "--repeats", "1", "--scores", "mig"]) == 0
    out = capsys.readouterr().out
    assert "200 samples, 6 dimensions, factors of 2, 3 classes" in out
    line = next(line for line in out.splitlines() if line.startswith("mig "))
    assert len(re.findall(r"\d\.\d{3} ± 0\.000", line)) == len(CONSTRUCTIONS)
    assert {row.name for row in code_scores()} >= {"mig"}
