"""librosa is compiled by one process at a time, and whole before it is used."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dsounds.synth.locked_librosa import librosa

COMPILED = "{'librosa.util.utils', 'librosa.core.audio', 'librosa.core.pitch'}"
USE = """
import sys
import numpy as np
from dsounds.synth.locked_librosa import librosa
def compiled(): return COMPILED & sys.modules.keys()
assert not compiled()
sound = np.random.default_rng(0).standard_normal(8000).astype(np.float32)
uses = {
    "filters": lambda: librosa.filters.mel(sr=16000, n_fft=512),
    "griffinlim": lambda: librosa.griffinlim(np.ones((257, 9), np.float32), n_iter=1),
    "yin": lambda: librosa.yin(sound, fmin=100, fmax=2000, sr=16000),
    "onset": lambda: librosa.onset.onset_detect(y=sound, sr=16000),
    "pyin": lambda: librosa.pyin(sound, fmin=100, fmax=800, sr=16000),
    "resample": lambda: librosa.resample(sound, orig_sr=16000, target_sr=8000),
    "feature": lambda: librosa.feature.melspectrogram(y=sound, sr=16000),
}
first = int(sys.argv[1])
for name in [*uses][first:] + [*uses][:first]:
    getattr(librosa, name)
    before = compiled()
    uses[name]()
    assert compiled() == before, name
""".replace("COMPILED", COMPILED)


def test_nothing_is_compiled_outside_the_lock() -> None:
    done = subprocess.run(
        [sys.executable, "-c", USE, "0"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_import_waits_for_another_process() -> None:
    spec = importlib.util.find_spec("librosa")
    assert spec is not None
    assert spec.origin is not None
    asked = threading.Thread(target=getattr, args=(type(librosa)("librosa"), "midi_to_hz"))
    with open(spec.origin, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        asked.start()
        asked.join(0.3)
        assert asked.is_alive()
    asked.join(60)
    assert not asked.is_alive()


def test_names_are_those_of_librosa() -> None:
    assert librosa.midi_to_hz(69) == 440
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = librosa.no_such_name


@pytest.mark.slow
def test_processes_that_compile_at_once_do_no_harm(tmp_path: Path) -> None:
    """Without the lock most of them end in a segmentation fault (numba issue 10128)."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    for _ in range(2):  # those that compile, and those that load
        commands = [[sys.executable, "-c", USE, str(first)] for first in (0, 2, 3, 5)]
        started = [subprocess.Popen(command, env=environment) for command in commands]
        assert [process.wait() for process in started] == [0] * 4
