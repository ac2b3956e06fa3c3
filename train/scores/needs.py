"""The needs of scores, and what is said where the data of an evaluation lack one."""

from collections.abc import Callable

from ...datasets.concepts.concept_file import ConceptFile
from ..models.interface import Codes
from .data.evaluation_data import EvaluationData
from .row import Need


def _codes(data: EvaluationData) -> Codes:
    return data.codes or Codes()


def _training_codes(data: EvaluationData) -> bool:
    train = data.train
    if train is None:
        return False
    return train.codes is not None or not (train.x is None or data.model is None)


def _training_clips(data: EvaluationData) -> bool:
    return data.train is not None and data.train.x is not None


def _training_audio(data: EvaluationData) -> bool:
    both = (data.scored, data.train)
    return all(part is not None and part.audio is not None for part in both)


def _weights(name: str) -> tuple[str, Callable[[EvaluationData], bool]]:
    why = f"no weights of {name} were given (--weights {name}=FILE)"
    return why, lambda data: name in data.embedders


def _concepts(data: EvaluationData) -> ConceptFile | None:
    return None if data.symbols is None else data.symbols.concepts


def _held_out(data: EvaluationData) -> bool:
    concepts = _concepts(data)
    return concepts is not None and concepts.test is not None


_NEEDS: dict[Need, tuple[str, Callable[[EvaluationData], bool]]] = {
    "x": ("there are no clips, codes alone", lambda data: data.scored.x is not None),
    "v": ("there is no global code v", lambda data: _codes(data).v_mean is not None),
    "v_logvar": ("v has no variances", lambda data: _codes(data).v_logvar is not None),
    "z": ("there is no local code z", lambda data: _codes(data).z_mean is not None),
    "decode": ("there is no model that decodes", lambda data: hasattr(data.model, "decode")),
    "train": ("there is no training part with codes or clips", _training_codes),
    "labels": ("no static factor varies in both parts", lambda data: bool(data.factors)),
    "frames": ("frames have no labels", lambda data: data.scored.frames is not None),
    "audio": ("there is no sound", lambda data: data.scored.audio is not None),
    "melody": ("what the clips play is not known", lambda data: data.scored.melody is not None),
    "counterfactuals": (
        "no true counterfactuals were given",
        lambda data: data.counterfactuals is not None,
    ),
    "changes": (
        "no true changes of one factor were given",
        lambda data: bool(data.changes),
    ),
    "train_x": ("there are no training clips that a judge could learn from", _training_clips),
    "train_audio": ("there is no sound of training and scored clips", _training_audio),
    "features": (
        "the settings of the log-mel are not known, so none can be made sound",
        lambda data: data.features is not None,
    ),
    "vggish": _weights("vggish"),
    "musicnn": _weights("musicnn"),
    "dynamic": (
        "no dynamic factor varies in both parts",
        lambda data: bool(data.dynamic_factors),
    ),
    "prior_v": ("the model does not draw v", lambda data: hasattr(data.model, "sample_v")),
    "prior_z": ("the model does not draw z", lambda data: hasattr(data.model, "sample_z")),
    "predicts": (
        "the model has no continue_z and no predict that would go on from the first frames",
        lambda data: any(hasattr(data.model, one) for one in ("continue_z", "predict")),
    ),
    "symbol_model": ("the model has no symbols", lambda data: hasattr(data.model, "symbols_of")),
    "symbols": ("the symbols of the clips are not known", lambda data: data.symbols is not None),
    "concepts": (
        "the labels that the model was trained on are not known, or are of another corpus",
        lambda data: _concepts(data) is not None,
    ),
    "held_out": (
        "the labels hold no recombination out",
        _held_out,
    ),
}


def missing(data: EvaluationData, needs: frozenset[Need]) -> str | None:
    """Return why a score with these needs cannot be computed, None where it can."""
    faults = (why for need, (why, there) in _NEEDS.items() if need in needs and not there(data))
    return next(faults, None)
