"""What `import dsounds` offers, and what it costs."""

import subprocess
import sys

import pytest

import dsounds


def test_every_public_name_is_there_and_has_a_docstring() -> None:
    assert {"evaluate", "load_run", "open_corpus", "Score", "Family"} <= set(dsounds.__all__)
    for name in dsounds.__all__:
        assert getattr(dsounds, name).__doc__, name
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = dsounds.no_such_name


@pytest.mark.process
def test_importing_dsounds_imports_nothing_heavy() -> None:
    code = (
        "import sys, dsounds; heavy = {'torch', 'h5py', 'numpy', 'librosa', 'numba'};"
        "print(*sorted(heavy & sys.modules.keys())); dsounds.open_corpus;"
        "print(*sorted({'torch', 'lightning'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
