"""dsounds: sound sequences with every factor known, models that disentangle them, and scores.

    from pathlib import Path
    from dsounds import DMelodies, generate, open_corpus

    generate(DMelodies(count=600), Path("corpora/demo"))
    corpus = open_corpus("corpora/demo")
    corpus.audio([0, 1])       # (2, 64000) float32
    corpus.classes             # (600, 10)

The names in `__init__.pyi` are the public API; the rest may change. Each is imported when it is
first asked for, so that `import dsounds` takes no time. Models and scores import torch.
"""

from contextlib import suppress
from ctypes import CDLL
from importlib.metadata import version

import lazy_loader

with suppress(OSError):  # before soundfile is imported, whose libsndfile would decode fonts for it
    CDLL("libfluidsynth.so.3")
__version__ = version("dsounds")
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
