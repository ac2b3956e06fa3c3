"""Shortcuts: statistics by their definitions, and how well they tell factors of known sounds."""

from pathlib import Path

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.datasets import DMelodies, generate, open_corpus
from dsounds.datasets.checking.shortcuts import (
    NAMES,
    forest,
    shortcut_lines,
    shortcuts,
    statistics,
    told,
)
from dsounds.errors import DsoundsError

RATE_HZ = 16_000
TIME_S = np.arange(RATE_HZ) / RATE_HZ


def column(name: str) -> int:
    return NAMES.index(name)


def test_statistics_are_those_of_their_definitions() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * TIME_S)
    late = np.concatenate([np.zeros(4000), tone[:8000], np.zeros(4000)])
    found = statistics(np.stack([tone, tone + 0.25, late]), RATE_HZ)
    assert found.shape == (3, len(NAMES))
    np.testing.assert_allclose(found[0, column("level")], -20 * np.log10(2 * np.sqrt(2)), atol=1e-9)
    np.testing.assert_allclose(found[:, column("peak")], [0.5, 0.75, 0.5])
    np.testing.assert_allclose(found[:, column("dc")], [0, 0.25, 0], atol=1e-12)
    # of the tone with an offset the power at 0 Hz is 0.25^2, at 1 kHz 0.5^2 / 4 in each half
    np.testing.assert_allclose(found[0, column("centroid")], 1000, atol=1e-6)
    np.testing.assert_allclose(found[1, column("centroid")], 500, atol=1e-6)
    np.testing.assert_allclose(found[:, column("begin")], [1 / RATE_HZ, 0, 4001 / RATE_HZ])
    np.testing.assert_allclose(found[2, column("end")], 0.25, atol=2 / RATE_HZ)
    np.testing.assert_allclose(found[:2, column("last")], np.abs([tone[-1], tone[-1] + 0.25]))


def test_statistics_of_an_offset_and_of_an_early_sound() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * TIME_S)
    early = np.concatenate([np.zeros(2000), tone[:8000], np.zeros(6000)])
    found = statistics(np.stack([tone + 0.5, early]), RATE_HZ)
    # the power at 0 Hz is 0.5^2, at 1 kHz 0.5^2 / 4
    np.testing.assert_allclose(found[0, column("centroid")], 200, atol=1e-6)
    np.testing.assert_allclose(found[1, column("begin")], 2001 / RATE_HZ)
    np.testing.assert_allclose(found[1, column("end")], 6000 / RATE_HZ, atol=2 / RATE_HZ)


def test_chance_is_the_commonest_class() -> None:
    found = np.random.default_rng(0).normal(size=(40, len(NAMES)))
    assert told("x", found, (np.arange(40) % 4 == 0).astype(int)).chance == 0.75


def test_silence_has_statistics() -> None:
    found = statistics(np.zeros((1, RATE_HZ)), RATE_HZ)
    assert np.isfinite(found).all()
    assert found[0, [column("begin"), column("end")]].tolist() == [1, 1]


def test_what_tells_a_factor_and_what_does_not() -> None:
    rng = np.random.default_rng(0)
    classes = rng.permutation(np.arange(400) % 4)
    found = rng.normal(size=(400, len(NAMES)))
    found[:, column("dc")] = classes + 0.1 * rng.normal(size=400)
    one = told("x", found, classes)
    assert one == told("x", found, classes)
    assert one.chance == 0.25
    assert one.single["dc"] > 0.98
    assert one.together > 0.98
    for name in set(NAMES) - {"dc"}:
        assert abs(one.single[name] - 0.25) < 0.08, name


def test_two_statistics_may_tell_together_what_none_tells() -> None:
    rng = np.random.default_rng(1)
    found = rng.normal(size=(600, len(NAMES)))
    classes = (found[:, 0] * found[:, 2] > 0).astype(int)
    one = told("x", found, classes)
    assert max(one.single.values()) < 0.62
    assert one.together > 0.8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("shortcuts") / "c"
    some = {"instruments": ("violin",), "directions": ("up",)}  # few factors vary, so it is quick
    return generate(DMelodies(count=60, levels=(-12.0, 0.0), **some), place, progress=False)


def test_a_level_is_told_by_the_level(folder: Path) -> None:
    found = {one.factor: one for one in shortcuts(open_corpus(folder))}
    assert found["level"].single["peak"] == 1
    assert found["level"].chance < 0.7
    assert "tonic" not in found  # there is only one


def test_verify_prints_them(folder: Path, capsys) -> None:
    assert main(["verify", str(folder), "--sample", "0", "--shortcuts"]) == 0
    said = capsys.readouterr().out
    (row,) = (line.split() for line in said.splitlines() if line.split()[:2] == ["level", "2"])
    assert row[3 + 1 + column("peak")] == "100.0"


def test_few_clips_tell_nothing() -> None:
    with pytest.raises(DsoundsError, match="too few to tell shortcuts from chance: 20 or more"):
        shortcuts(open_corpus(DMelodies(count=19)))
    assert "classes" in shortcut_lines([])


@pytest.mark.parametrize("seed", [2**32, 2**63 - 1])
def test_every_seed_is_taken(seed: int) -> None:
    found = np.random.default_rng(0).normal(size=(40, len(NAMES)))
    classes = np.arange(40) % 2
    assert told("x", found, classes, seed) == told("x", found, classes, seed % 2**32)
    forest(seed).fit(found, classes)
