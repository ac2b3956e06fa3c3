"""Cross-talk of operators and factors: what each operator does to what is measured of each factor.

Beside it stands what the label says, so that the two can be compared, pair by pair. A label that is
a number must be true of the changed sound, as far as its factor can be measured; a label that is
NaN promises nothing, and what the sound does shows why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...synth.operators.chain import Operator
from ...synth.operators.effects import key
from ..reading.corpus import Corpus
from ..reading.transform import apply
from ..recipes.sinusoids import Sinusoids
from .factor_numbers import OTHERWISE, TOLERANCES, How, melody_numbers, sinusoid_numbers


@dataclass(frozen=True)
class Pair:
    """An operator and a factor.

    Attributes
    ----------
    operator, factor, rule
        The operator with its settings, the factor with its unit, what the operator's row says.
    how, most
        How measurements are compared with labels, and the largest deviation that is allowed.
    moved
        (n,): by how much the measurement of each clip changes: a difference, a ratio, or whether it
        is heard as another value (1 or 0); NaN where the sound can no longer be measured.
    off
        (n,): by how much it deviates from the new label, beyond what it did from the old one: a
        difference, a ratio less 1, or 1 or 0; NaN where the label is, infinite where nothing can be
        measured of what has a label.
    """

    operator: str
    factor: str
    rule: str
    how: How
    most: float
    moved: np.ndarray
    off: np.ndarray

    @property
    def true(self) -> bool:
        """Whether the label is true of the sound of all clips, or NaN."""
        known = np.abs(self.off[~np.isnan(self.off)])
        return bool((known <= self.most).all())


def crosstalk(corpus: Corpus, operators: Sequence[Operator], clips: np.ndarray) -> list[Pair]:
    """Return what operators do to each factor of clips (n,): by operators, then by factors."""
    sinusoids = isinstance(corpus.sound.recipe, Sinusoids)
    measured = sinusoid_numbers if sinusoids else melody_numbers
    values = corpus.labels(clips)[1]
    before = measured(corpus, corpus.audio(clips), values)
    out = []
    for operator in operators:
        changed = apply(operator, corpus, clips)
        known = np.where(np.isnan(changed.values), values, changed.values)
        after = measured(corpus, changed.sound, known)
        for column, factor in enumerate(corpus.space.factors):
            name = key(factor.name, factor.unit)
            how, most = TOLERANCES.get(name, OTHERWISE)
            label = changed.values[:, column]
            same = _change(how, values[:, column], label)
            moved = after[name] if how == "heard" else _change(how, before[name], after[name])
            off = moved * (1 - before[name]) if how == "heard" else _deviation(how, moved, same)
            off = np.where(np.isnan(label), np.nan, np.where(np.isnan(moved), np.inf, off))
            rule = operator.effects.text(name)
            out.append(Pair(spelled(operator), name, rule, how, most, moved, off))
    return out


def spelled(operator: Operator) -> str:
    """Return an operator with its settings, as it is written."""
    settings = ", ".join(
        f"{value:g}" if isinstance(value, int | float) else str(value)
        for value in operator.settings.values()
    )
    return f"{operator.name}({settings})"


def _change(how: How, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return how (n,) numbers change: by a difference, or by a ratio."""
    with np.errstate(invalid="ignore"):
        return np.asarray(after / before if how == "ratio" else after - before)


def _deviation(how: How, measured: np.ndarray, labelled: np.ndarray) -> np.ndarray:
    """Return how far measured changes (n,) are from those of the labels."""
    return np.asarray(measured / labelled - 1 if how == "ratio" else measured - labelled)
