"""Models of known faults: which scores see them, and which do not."""

from pathlib import Path

import pytest

from dsounds.datasets import Corpus
from dsounds.errors import DsoundsError
from dsounds.train.comparison.compare import compare
from dsounds.train.scores.oracle.layout import LAYOUTS
from dsounds.train.scores.oracle.model_selftest import NOISE, ModelSelfTest, selftest_models

SCORES = (
    *("f1_input", "f1_global", "f1_local", "v_effect", "reconstruction_mse"),
    *("counterfactual_error", "leakage", "z_invariance", "v_invariance"),
)


@pytest.fixture(scope="module")
def known(small: Corpus) -> ModelSelfTest:
    return selftest_models(small, SCORES)


def of(known: ModelSelfTest, key: str) -> dict[str, float | None]:
    return {name: one.scores.get(key) for name, one in known.found.items()}


def test_swaps_of_each_model_are_what_its_layout_says(known: ModelSelfTest) -> None:
    assert set(known.found) == {*LAYOUTS, NOISE}
    after = of(known, "instrument/f1_global")
    assert after == {**dict.fromkeys(("perfect", "leaking", "merged"), 1.0), **rest(after)}
    assert after["unused"] == 0.0  # v is another one, and the clip the same
    effect = of(known, "v_effect")
    assert effect["unused"] == effect["collapsed"] == effect[NOISE] == 0.0
    assert min(effect[name] or 0 for name in ("perfect", "leaking", "merged")) > 1


def rest(found: dict[str, float | None]) -> dict[str, float | None]:
    return {name: found[name] for name in ("unused", "collapsed", NOISE)}


def test_the_true_counterfactual_alone_sees_that_v_brings_the_melody_along(
    known: ModelSelfTest,
) -> None:
    for key in ("instrument/f1_input", "instrument/f1_global", "instrument/f1_local"):
        assert of(known, key)["merged"] == of(known, key)["perfect"] == 1.0
    error = of(known, "counterfactual_error")
    assert error["perfect"] == error["leaking"] == pytest.approx(0.0, abs=1e-3)
    assert error["unused"] == error["collapsed"] == pytest.approx(1.0)
    assert (error["merged"] or 0) > 1.2


def test_only_codes_tell_a_leaking_model_from_a_perfect_one(known: ModelSelfTest) -> None:
    for key in ("instrument/f1_global", "v_effect", "counterfactual_error"):
        assert of(known, key)["leaking"] == pytest.approx(of(known, key)["perfect"], abs=1e-3)
    leaked, moved = of(known, "leakage_z/instrument"), of(known, "z_invariance/instrument")
    assert leaked["leaking"] == leaked["unused"] == leaked["collapsed"] == pytest.approx(1.0)
    assert (leaked["perfect"] or 0) < 0.6
    assert moved["perfect"] == pytest.approx(0.0, abs=1e-6)
    assert (moved["leaking"] or 0) > 0.05
    stays = of(known, "v_invariance")
    assert stays["perfect"] == stays["leaking"] == pytest.approx(0.0, abs=1e-6)
    assert (stays["merged"] or 0) > 0.05


def test_the_table_has_a_column_for_each_model(known: ModelSelfTest) -> None:
    lines = known.table().splitlines()
    assert lines[2].split() == [*LAYOUTS, NOISE]
    effect = next(line.split() for line in lines if line.startswith("v_effect"))
    assert [float(one) for one in effect[1:]] == pytest.approx(
        [value or 0.0 for value in of(known, "v_effect").values()], abs=5e-4
    )
    assert any(line.startswith("merged: z is constant") for line in lines)


def test_each_is_written_for_a_comparison(known: ModelSelfTest, tmp_path: Path) -> None:
    known.write(tmp_path)
    found = compare([tmp_path / name for name in known.found], ("v_effect",))
    assert found.models == tuple(known.found)
    assert [line.values.tolist() for line in found.lines] == [
        [value] for value in of(known, "v_effect").values()
    ]


def test_a_score_without_a_name_is_refused(small: Corpus) -> None:
    with pytest.raises(DsoundsError, match="unknown score 'mg', did you mean 'mig'"):
        selftest_models(small, ("mg",))
