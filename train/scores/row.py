"""A score as a row: what it is called, what it means, what it needs and how it is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .codes.code_score import CodeScore
    from .data.evaluation_data import EvaluationData

Need = Literal[
    "x",
    "v",
    "v_logvar",
    "z",
    "decode",
    "train",
    "labels",
    "frames",
    "audio",
    "melody",
    "counterfactuals",
    "changes",
    "train_x",
    "train_audio",
    "features",
    "vggish",
    "musicnn",
    "dynamic",
    "prior_v",
    "prior_z",
    "predicts",
    "symbol_model",
    "symbols",
    "concepts",
    "held_out",
]
Level = float | Callable[["EvaluationData"], Any] | None


@dataclass(frozen=True)
class Score:
    """One score of a model.

    Parameters
    ----------
    name
        Its key in scores.json, and the name of its file.
    label, unit, hint
        Its name in tables, its unit, and one plain sentence on it.
    compute
        From the data of an evaluation to a number, nan where it has no value; or to several named
        numbers that come from one computation. For a score per factor, to one of these for each
        factor, by the factor's name.
    scope
        "run" if it stands for the whole model; "factor" if for each static factor.
    group, order
        The heading of its rows in tables (a score per factor stands under the factor), and its
        place among all scores.
    better
        The better direction; None where neither is.
    floor, ceiling
        Its value for a model that knows nothing and for a perfect one: a number, or a function of
        the data that returns a number, or one for each factor by the factor's name, or for each
        named number by its key. None where it has none.
    needs
        What must be there; the score is left out with a note otherwise.
    reference
        Where it is defined.
    version
        To be raised when the same data give another value.
    shown
        The labels of the named numbers that tables show, where there are several.
    distances
        The labels of its mean squares in log-mel, by their keys, that tables show in held notes and
        in rests as well: these have the same keys with "_held" and "_rests" at the end.
    decimals
        The number of decimals that tables show.
    head
        Its name above a narrow column; the label where empty.
    costly
        Whether it takes seconds rather than tenths of a second for some hundred clips.
    by_name
        Whether it is computed only where it is asked for by its name.
    of_codes
        The score of plain arrays, codes and factors, where it is one of codes against factors: its
        number, or several by name.
    table
        The numbers that its picture is drawn from, as JSON knows them; None where it has none.
    corrected
        The options with which `of_codes` is less biased than as it is usually computed; None where
        it has none.
    """

    name: str
    label: str
    compute: Callable[[EvaluationData], Any]
    hint: str = ""
    unit: str = ""
    scope: Literal["run", "factor"] = "run"
    group: str = "Output"
    order: int = 1000
    better: Literal["higher", "lower"] | None = None
    floor: Level = None
    ceiling: Level = None
    needs: frozenset[Need] = frozenset()
    reference: str = ""
    version: int = 1
    shown: Mapping[str, str] = field(default_factory=dict)
    distances: Mapping[str, str] = field(default_factory=dict)
    decimals: int = 3
    head: str = ""
    costly: bool = False
    by_name: bool = False
    of_codes: Callable[..., CodeScore | Mapping[str, CodeScore]] | None = None
    table: Callable[[EvaluationData], Any] | None = None
    corrected: Mapping[str, Any] | None = None

    @property
    def labels(self) -> Mapping[str, str]:
        """The keys of the numbers that tables show, with their labels."""
        return self.shown or {self.name: self.label}
