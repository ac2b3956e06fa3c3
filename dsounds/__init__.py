"""dsounds: sound sequences with every factor known, models that disentangle them, and scores.

    from pathlib import Path
    from dsounds import DMelodies, generate, open_corpus

    generate(DMelodies(count=600), Path("corpora/demo"))
    corpus = open_corpus("corpora/demo")
    corpus.audio([0, 1])       # (2, 64000) float32
    corpus.classes             # (600, 10)

What is listed here is the public API; the rest may change. Each name is imported when it is first
asked for, so that `import dsounds` costs nothing. Models and scores import torch.
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from .errors import DsoundsError
    from .synth.features import LogMelSettings, log_mel
    from .train.fitting.checkpoints import load_run
    from .train.models.family import Family, Term
    from .train.models.interface import Codes
    from .train.scores.evaluation import Evaluation
    from .train.scores.evaluation_data import EvaluationData
    from .train.scores.front_door import evaluate
    from .train.scores.row import Score

__version__ = version("dsounds")

_HOMES = {
    "errors": ("DsoundsError",),
    "synth.features": ("LogMelSettings", "log_mel"),
    "datasets": (
        "Corpus",
        "DMelodies",
        "Factor",
        "FactorSpace",
        "FrameGrid",
        "Sinusoids",
        "features",
        "generate",
        "load_recipe",
        "open_corpus",
    ),
    "train.fitting.checkpoints": ("load_run",),
    "train.models.family": ("Family", "Term"),
    "train.models.interface": ("Codes",),
    "train.scores.evaluation": ("Evaluation",),
    "train.scores.evaluation_data": ("EvaluationData",),
    "train.scores.front_door": ("evaluate",),
    "train.scores.row": ("Score",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Codes",
    "Corpus",
    "DMelodies",
    "DsoundsError",
    "Evaluation",
    "EvaluationData",
    "Factor",
    "FactorSpace",
    "Family",
    "FrameGrid",
    "LogMelSettings",
    "Score",
    "Sinusoids",
    "Term",
    "evaluate",
    "features",
    "generate",
    "load_recipe",
    "load_run",
    "log_mel",
    "open_corpus",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
