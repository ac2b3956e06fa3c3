"""librosa, imported by one process at a time: every other module takes it from here.

librosa compiles its gufuncs while its modules are imported and stores them in numba's cache. If two
processes do so at once, numba (to 0.68) can store two halves that do not fit each other, and from
then on every process that loads them ends in a segmentation fault (numba issue 10128). So modules
are imported under a lock: the first process compiles, the others wait and then load.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..caches import settle_compiled, settle_home


@contextlib.contextmanager
def _locked(package: str) -> Iterator[None]:
    """Hold the lock of an installed package; where the file system has no locks, go on without.

    The lock is on the package's own file, which all processes that share its cache can read: no
    file is made, and none that another user could have made is trusted.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"No module named {package!r}", name=package)
    settle_home()
    settle_compiled(Path(spec.origin).parent / "util", Path(__file__).parent / "rendering")
    with open(spec.origin, "rb") as file:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class _Locked(ModuleType):
    """librosa, whose modules are imported when a name of theirs is first asked for."""

    def __getattr__(self, name: str) -> Any:
        with _locked("librosa"):
            # Modules import some of those that they need only when they are called.
            importlib.import_module("librosa.util.utils")
            value = getattr(importlib.import_module("librosa"), name)
            if isinstance(value, ModuleType) and name != "filters":  # this one needs no other
                importlib.import_module("librosa.core.pitch")
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import librosa
else:
    librosa = _Locked("librosa")

__all__ = ["librosa"]
