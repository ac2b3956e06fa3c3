"""Linear probes: what they read, of which factors, and from which codes."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, r2_score

from dsounds.errors import DsoundsError
from dsounds.train.models.interface import Codes
from dsounds.train.scores.codes.joint_probe import SCORE as JOINT
from dsounds.train.scores.codes.linear_probe import SCORE, linear_probe
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData

RNG = np.random.default_rng(3)
N = 600
FACTORS = {
    "instrument": RNG.choice(3, N, p=[0.7, 0.2, 0.1]),
    "octave": RNG.integers(0, 4, N),
    "level": RNG.normal(size=N),
}
KINDS = {"octave": "ordinal"}
CODES = np.stack([*np.eye(3)[FACTORS["instrument"]].T, FACTORS["octave"], FACTORS["level"]], axis=1)
NOISY = CODES + 0.7 * RNG.normal(size=CODES.shape)


def parts() -> tuple[tuple, tuple]:
    train, test = slice(0, 400), slice(400, None)
    return tuple(
        (NOISY[part], {name: one[part] for name, one in FACTORS.items()}) for part in (train, test)
    )


def test_each_number_is_that_of_the_model_on_test_samples() -> None:
    train, test = parts()
    found = linear_probe(*test, train=train, kinds=KINDS)
    centre, scale = train[0].mean(axis=0), train[0].std(axis=0)
    x, x_test = (train[0] - centre) / scale, (test[0] - centre) / scale
    for name in ("instrument", "octave"):
        told = LogisticRegression(max_iter=1000).fit(x, train[1][name]).predict(x_test)
        assert found["accuracy"].factors[name] == pytest.approx((told == test[1][name]).mean())
        balanced = balanced_accuracy_score(test[1][name], told)
        assert found["balanced"].factors[name] == pytest.approx(balanced)
    for name in ("octave", "level"):
        told = Ridge().fit(x, train[1][name]).predict(x_test)
        assert found["r2"].factors[name] == pytest.approx(r2_score(test[1][name], told))
    assert found["accuracy"].left_out == {"level": "it is continuous"}
    assert found["r2"].left_out == {"instrument": "it is categorical"}


@pytest.mark.parametrize("classifier", ["logistic", "lda"])
def test_a_perfect_code_is_read_and_noise_is_not(classifier) -> None:
    found = linear_probe(CODES, FACTORS, kinds=KINDS, classifier=classifier)
    assert {name: one.value for name, one in found.items()} == pytest.approx(
        {"accuracy": 1, "balanced": 1, "r2": 1}, abs=0.02
    )
    noise = RNG.normal(size=(N, 4))
    found = linear_probe(
        noise, FACTORS, kinds=KINDS, classifier=classifier, permutations=5, bootstraps=50
    )
    assert found["balanced"].factors["octave"] == pytest.approx(0.25, abs=0.08)
    assert found["r2"].value < 0.02
    for one in found.values():
        low, high = one.interval
        assert low - 0.05 <= one.floor <= high + 0.05


def test_any_linear_map_of_the_code_is_read_as_well() -> None:
    expected = linear_probe(NOISY, FACTORS, kinds=KINDS)
    turn = np.linalg.qr(RNG.normal(size=(5, 5)))[0]
    found = linear_probe(NOISY @ turn * 100 - 3, FACTORS, kinds=KINDS)
    for name, one in found.items():
        assert one.value == pytest.approx(expected[name].value, abs=0.03)


def test_a_class_that_was_never_shown_is_read_wrongly() -> None:
    shown = FACTORS["octave"] < 3
    found = linear_probe(
        CODES,
        {"octave": FACTORS["octave"]},
        train=(CODES[shown], {"octave": FACTORS["octave"][shown]}),
    )
    assert found["accuracy"].value == pytest.approx(shown.mean())
    assert found["balanced"].value == pytest.approx(0.75)


def test_two_samples_and_unknown_classifiers() -> None:
    found = linear_probe(CODES[:2], {"a": [0, 1]})
    assert found["accuracy"].value == 0  # one class was shown, the other asked for
    with pytest.raises(DsoundsError, match="classifier is 'svm': logistic, lda are allowed"):
        linear_probe(CODES, FACTORS, classifier="svm")  # type: ignore[arg-type]


def clips(seed: int, n: int = 160, frames: int = 5) -> Clips:
    """Return clips whose v has the instrument's first bit, z its second, z_t the pitch."""
    rng = np.random.default_rng(seed)
    instrument, rhythm = rng.integers(0, 4, n), rng.integers(0, 3, n)
    pitch = rng.integers(0, 4, (n, frames))
    v = np.stack([instrument % 2, rng.normal(size=n)], axis=1)
    still = np.stack([instrument // 2, *(10 * np.eye(3)[rhythm].T)], axis=1)
    z = np.concatenate([np.repeat(still[:, None], frames, axis=1), np.eye(4)[pitch]], axis=2)
    return Clips(
        labels={"instrument": instrument},
        dynamic={"rhythm": rhythm},
        frames=lambda: {"pitch": pitch},
        codes=Codes(
            *(
                torch.tensor(one, dtype=torch.float32) if one is not None else None
                for one in (v, None, z, None)
            )
        ),
    )


def test_views_of_a_model_are_fitted_to_its_training_part() -> None:
    data = EvaluationData.of_arrays(clips(0), clips(1, 300))
    found = SCORE.compute(data)
    assert 0.4 < found["linear_probe_accuracy_v/instrument"] < 0.6
    assert found["linear_probe_accuracy_z/rhythm"] == 1
    assert found["linear_probe_accuracy_frames/pitch"] == 1
    assert np.isnan(found["linear_probe_r2_v"])  # no factor has an order
    joint = JOINT.compute(data)
    assert joint["joint_probe_accuracy_joint/instrument"] > 0.7
    assert joint["joint_probe_accuracy_joint/rhythm"] == 1
    other = EvaluationData.of_arrays(clips(0), clips(2, 300))
    other.train.labels["instrument"][:] = (other.train.labels["instrument"] + 2) % 4
    misled = SCORE.compute(other)
    assert misled["linear_probe_accuracy_z/rhythm"] == 1
    assert misled["linear_probe_accuracy_frames/pitch"] == 1
    assert not JOINT.compute(
        EvaluationData.of_arrays(Clips(labels=clips(0).labels, codes=Codes(clips(0).codes.v_mean)))
    )
