"""Parts of the analyses: classes, contours, triangles; and what an analysis must not know."""

import ast
from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets.checking.analysis import accuracy, classify, confusion
from dsounds.datasets.checking.analysis.phrase import contour
from dsounds.datasets.checking.analysis.triangle import fit, tri
from dsounds.errors import DsoundsError

INF = float("inf")


def test_a_contour_needs_every_pitch() -> None:
    assert contour(np.array([60, np.nan, 64])) == ""
    assert contour(np.array([60.0])) == "flat"


def test_triangles_are_found_in_noise() -> None:
    rng, time_s = np.random.default_rng(0), np.arange(0, 2, 0.008)
    for rate in (1.0, 2.3, 5.1, 9.7):
        true = 3 + 2 * time_s + 20 * tri(rate * time_s + rng.random())
        y = true + rng.standard_normal(len(time_s))
        found = fit(time_s, y, np.ones(len(y)), (0.7, 13), sloped=True)
        assert found.rate_hz == pytest.approx(rate, rel=0.01)
        assert found.depth == pytest.approx(20, rel=0.05)
        assert found.slope == pytest.approx(2, abs=1.5)


def test_the_nearest_class() -> None:
    values = [0.0, 3.0, 12.0, 6.0]
    assert classify(np.array([1.4, 1.6, 4.6, 99, -5]), values).tolist() == [0, 1, 3, 2, 0]
    assert classify(np.array([1.4, 1.6, 4.2, 4.3, 8.6]), values, "log").tolist() == [0, 1, 1, 3, 2]
    assert classify(np.array([np.nan, INF]), values).tolist() == [-1, 2]
    assert classify(np.array([35, 37, INF]), [INF, 30, 24]).tolist() == [1, 0, 0]
    assert classify(np.array([7.9, 8.1]), [2.0, 4.0, INF], "log").tolist() == [1, 2]
    assert classify(np.array([5.0]), [1.0]).tolist() == [0]
    for wrong in ([], [1.0, np.nan]):
        with pytest.raises(DsoundsError, match="one or more numbers"):
            classify(np.array([1.0]), wrong)
    with pytest.raises(DsoundsError, match="none below 0"):
        classify(np.array([1.0]), [-1.0, 1.0], "log")


def test_confusion_counts_what_was_not_found() -> None:
    table = confusion(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, -1, 2]), 3)
    assert table.tolist() == [[1, 1, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    assert accuracy(table) == pytest.approx(3 / 5)
    assert np.isnan(accuracy(np.zeros((2, 3), int)))


def test_an_analysis_knows_nothing_of_what_made_the_sound() -> None:
    folder = Path(__file__).parents[4] / "datasets" / "checking" / "analysis"
    public = {"SAMPLE_RATE_HZ", "BLOCK_SAMPLES", "DsoundsError"}
    own = {path.stem for path in folder.glob("*.py")}
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                assert not node.module or node.module in own
            elif isinstance(node, ast.ImportFrom) and node.level > 1:
                assert {alias.name for alias in node.names} <= public, path.name
            elif isinstance(node, ast.Import | ast.ImportFrom):
                assert "dsounds" not in ast.dump(node), path.name
