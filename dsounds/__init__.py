"""dsounds: sound sequences with every factor known, models that disentangle them, and scores.

    from pathlib import Path
    from dsounds import DMelodies, generate, open_corpus

    generate(DMelodies(count=600), Path("corpora/demo"))
    corpus = open_corpus("corpora/demo")
    corpus.audio([0, 1])       # (2, 64000) float32
    corpus.classes             # (600, 10)

Models and scores are in `dsounds.train`, which imports torch.
"""

from importlib.metadata import version

from .datasets import (
    Corpus,
    DMelodies,
    Factor,
    FactorSpace,
    FrameGrid,
    Sinusoids,
    features,
    generate,
    load_recipe,
    open_corpus,
)
from .soundfonts import DsoundsError
from .synth.features import LogMelSettings, log_mel

__version__ = version("dsounds")

__all__ = [
    "Corpus",
    "DMelodies",
    "DsoundsError",
    "Factor",
    "FactorSpace",
    "FrameGrid",
    "LogMelSettings",
    "Sinusoids",
    "features",
    "generate",
    "load_recipe",
    "log_mel",
    "open_corpus",
]
