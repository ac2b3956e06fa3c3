"""The benchmark of rendering against peers: what it says of their sound, and of absent ones."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

PLACE = Path(__file__).parents[2] / "benchmarks" / "peers.py"


@pytest.fixture(scope="module")
def peers() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_peers", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    return module


def test_the_difference_is_that_of_the_shape(peers: ModuleType) -> None:
    """Gain does not count; noise 20 dB below the sound is left, and so is what a clip lacks."""
    seconds = np.arange(16_000) / 16_000
    true = np.sin(2 * np.pi * 100 * seconds)[None].astype(np.float32)
    noise = 0.1 * np.cos(2 * np.pi * 300 * seconds)
    correlation, left_db = peers.difference([0.25 * true[0]], true)
    assert correlation == pytest.approx(1)
    assert left_db < -130
    correlation, left_db = peers.difference([3 * (true[0] + noise)], true)
    assert correlation == pytest.approx(1 / np.sqrt(1.01))
    assert left_db == pytest.approx(10 * np.log10(0.01 / 1.01), abs=1e-3)
    correlation, left_db = peers.difference([true[0, :8_000]], true)
    assert correlation == pytest.approx(np.sqrt(0.5))
    assert left_db == pytest.approx(10 * np.log10(0.5), abs=1e-3)


def test_an_absent_peer_is_named(peers: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("symusic", "tinysoundfont"):
        monkeypatch.setitem(sys.modules, name, None)
    ways, absent = peers.installed(None, "")
    assert ways == {}
    assert [line.split()[0] for line in absent] == ["symusic", "tinysoundfont"]
    assert all("is not measured" in line for line in absent)
