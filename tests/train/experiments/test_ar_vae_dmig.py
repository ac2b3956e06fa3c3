"""MIG, DMIG and SCC of the dimensions that were made for two factors."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsounds.datasets import generate, open_corpus
from dsounds.train.experiments import ar_vae_dmig
from dsounds.train.experiments.corpora import make_features
from dsounds.train.experiments.engine import run_all
from dsounds.train.experiments.measured import measured
from dsounds.train.experiments.results import collect
from dsounds.train.experiments.variant import Variant, jobs_of

TILT, HNR = ar_vae_dmig.PAIR
N = 2000
RNG = np.random.default_rng(5)


def labels(rho: float) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return two factors of five classes, of which rho of the samples agree, and their counts."""
    tilt, other = RNG.integers(0, 5, (2, N))
    hnr = np.where(RNG.random(N) < rho, tilt, other)
    counts = np.zeros((5, 5), int)
    np.add.at(counts, (tilt, hnr), 1)
    return {TILT: tilt, HNR: hnr}, counts


def codes(found: dict[str, np.ndarray], noise: float = 0.0) -> np.ndarray:
    own = np.stack([found[TILT], found[HNR]], axis=1) + noise * RNG.standard_normal((N, 2))
    return np.concatenate([own, RNG.standard_normal((N, 3))], axis=1)


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9])
def test_perfect_dimensions_have_dmig_and_scc_of_1(rho: float) -> None:
    found, counts = labels(rho)
    scores = ar_vae_dmig.own_scores(codes(found), found, counts)
    assert scores["own_scc"] == pytest.approx(1)
    assert scores["own_dmig"] == pytest.approx(1, abs=0.03)
    if rho == 0.9:
        assert scores["own_mig"] < 0.4
        assert scores["own_mig"] < scores["own_dmig"] / 2.5
    assert scores["own_dmig"] == pytest.approx(
        (scores[f"{TILT}/own_dmig"] + scores[f"{HNR}/own_dmig"]) / 2
    )


def test_exchanged_dimensions_have_a_negative_gap_though_scc_is_high() -> None:
    """What the paper says of a negative value, and why SCC alone does not tell."""
    found, counts = labels(0.9)
    exchanged = codes(found)[:, [1, 0, 2, 3, 4]]
    scores = ar_vae_dmig.own_scores(exchanged, found, counts)
    assert scores["own_dmig"] == pytest.approx(-1, abs=0.05)
    assert scores["own_mig"] < 0
    assert scores["own_scc"] > 0.8


def test_scc_has_its_sign() -> None:
    found, counts = labels(0.3)
    turned = codes(found) * [-1, 1, 1, 1, 1]
    scores = ar_vae_dmig.own_scores(turned, found, counts)
    assert scores[f"{TILT}/own_scc"] == pytest.approx(-1)
    assert scores[f"{HNR}/own_scc"] == pytest.approx(1)


def test_the_parts_of_dmig_are_those_of_mig_over_another_entropy() -> None:
    found, counts = labels(0.9)
    scores = ar_vae_dmig.own_scores(codes(found, 0.4), found, counts)
    p = counts / N
    own, both = (-np.sum(one[one > 0] * np.log(one[one > 0])) for one in (p.sum(0), p))
    tilt = -np.sum(p.sum(1) * np.log(p.sum(1)))
    ratio = scores[f"{TILT}/own_dmig"] / scores[f"{TILT}/own_mig"]
    assert ratio == pytest.approx(tilt / (both - own), rel=0.01)
    assert 0 < scores["own_dmig"] < 1


def test_the_budgets_are_runs_of_one_config() -> None:
    row = ar_vae_dmig.EXPERIMENT
    configs = [variant.config() for variant in row.variants]
    assert {config.training.epochs for config in configs} == set(ar_vae_dmig.EPOCHS)
    assert {config.objective.attributes for config in configs} == {ar_vae_dmig.PAIR}
    rhos = {plan.made().rho for plan in row.corpora.values()}
    assert rhos == set(ar_vae_dmig.RHOS)


def test_a_run_is_measured_by_the_dimensions_of_its_attributes(
    tmp_path: Path, tiny: dict[str, Any], here: None
) -> None:
    plan = ar_vae_dmig.EXPERIMENT.corpora["rho-0.9"]
    recipe = plan.made(count=200)
    corpus = open_corpus(generate(recipe, tmp_path / "corpus", 1, progress=False))
    common = {"attributes": ar_vae_dmig.PAIR, "epochs": 2, "v_dim": 4, "clip_hidden": 8}
    variant = Variant("ar-vae", {}, common, "rho-0.9")
    make_features(corpus, [variant.config()])
    corpora = {"rho-0.9": corpus}
    jobs = jobs_of([variant], [0], corpora, tmp_path, ar_vae_dmig.EXPERIMENT.asked)
    results = collect("one", [variant], jobs, run_all(list(jobs.values()), workers=1))
    (run,) = measured(ar_vae_dmig.EXPERIMENT, results, corpora).runs
    assert run.scores is not None
    assert "reconstruction_mse" in run.scores["scores"]
    assert "mig_v" not in run.scores["scores"]  # nothing is computed that was not asked for
    found = ar_vae_dmig.measure(run, corpus)
    assert found.items() <= run.scores["scores"].items()
    assert -1 <= found["own_scc"] <= 1
    assert found[f"{TILT}/own_dmig"] != found[f"{HNR}/own_dmig"]
