"""All operators and all factors: what each does to the sound, measured, beside what labels say."""

import numpy as np
import pytest

from dsounds.datasets import open_corpus
from dsounds.datasets.checking.crosstalk import Pair, crosstalk
from dsounds.datasets.checking.crosstalk_cases import CASES
from dsounds.synth import operators
from dsounds.synth.operators import Tilt, effects
from dsounds.synth.operators.effects import FACTORS, Effects


def found(name: str, clips: int) -> list[Pair]:
    return CASES[name].pairs(clips)


def untrue(pairs: list[Pair]) -> list[tuple[str, str, str]]:
    return [(one.operator, one.factor, str(one.off.round(3))) for one in pairs if not one.true]


@pytest.fixture(scope="module")
def every() -> dict[str, list[Pair]]:
    return {name: found(name, 1) for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_every_label_is_true_of_its_sound_or_nan(every: dict[str, list[Pair]], name: str) -> None:
    assert untrue(every[name]) == []


def test_every_operator_meets_every_factor(every: dict[str, list[Pair]]) -> None:
    kinds = {
        one.__name__
        for one in vars(operators).values()
        if isinstance(one, type) and issubclass(one, operators.Operator)
    }
    kinds -= {"Operator", "SoundOperator", "ScheduleOperator", "Remove", "Dereverberate"}
    for pairs in every.values():
        assert {one.operator.partition("(")[0] for one in pairs} == kinds
    assert {one.factor for pairs in every.values() for one in pairs} == set(FACTORS)


def test_the_sound_can_be_measured(every: dict[str, list[Pair]]) -> None:
    """A gain changes nothing but levels, so all that is heard is heard as labelled."""
    for pairs in every.values():
        for one in pairs:
            if one.operator == "Gain(-6)" and one.factor not in effects.LOUDNESS:
                same = 1.0 if one.how == "ratio" else 0.0
                np.testing.assert_allclose(one.moved, same, atol=0.01, err_msg=one.factor)


def test_a_label_that_is_kept_wrongly_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tilt, "effects", Effects(FACTORS))
    corpus = open_corpus(CASES["tones"].recipe())
    wrong = {one[1] for one in untrue(crosstalk(corpus, [Tilt(3)], np.array([0])))}
    assert {effects.TILT, effects.RMS, effects.HNR} <= wrong


def test_what_cannot_be_measured_has_no_true_label() -> None:
    def pair(off: list[float], how: str = "difference") -> Pair:
        return Pair("", "", "", how, 0.5, np.zeros(2), np.array(off))  # type: ignore[arg-type]

    assert pair([0.4, -0.5]).true
    assert pair([np.nan, np.nan]).true
    assert not pair([0.0, -0.6]).true
    assert not pair([np.nan, np.inf]).true


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_every_label_of_many_clips_is_true_of_its_sound_or_nan(name: str) -> None:
    assert untrue(found(name, 12)) == []
