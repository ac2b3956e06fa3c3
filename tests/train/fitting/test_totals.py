"""Totals of an objective's terms: weighed by one setting, by several, or by none."""

from typing import Any

import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.settings import settings
from dsounds.train.fitting.totals import Totals
from dsounds.train.models.family import Term


@settings
class Weights:
    w: float = 4.0
    swap: float = 0.5
    price: int = 3


ROWS = (
    Term("plain", "plain"),
    Term("weighed", "weighed", weight="w"),
    Term("shared", "shared", weight=("w", "swap", "price"), watched=False),
    Term("single", "single", weight=("price",)),
)
TERMS = {name: torch.tensor(value) for name, value in (("plain", 1.5), ("weighed", -2.0))}
SHARED = {"shared": torch.tensor(7.0), "single": torch.tensor(11.0)}


def test_settings_that_weigh_a_term_together_are_multiplied() -> None:
    totals = Totals(ROWS, Weights())
    assert float(totals.loss(TERMS | SHARED)) == 1.5 + 4 * -2 + 4 * 0.5 * 3 * 7 + 3 * 11
    assert float(totals.criterion(TERMS | SHARED)) == -(1.5 + 4 * -2 + 3 * 11)
    assert float(totals.loss(TERMS)) == 1.5 + 4 * -2
    without = Totals(ROWS, Weights(swap=0.0))
    assert float(without.loss(TERMS | SHARED)) == 1.5 + 4 * -2 + 3 * 11


@pytest.mark.parametrize(
    ("weight", "names"), [("", ()), ("w", ("w",)), ((), ()), (("w", "swap"), ("w", "swap"))]
)
def test_a_row_names_the_settings_that_weigh_it(weight: Any, names: tuple[str, ...]) -> None:
    assert Term("one", "one", weight=weight).weights == names


def test_a_term_without_a_row_is_refused() -> None:
    with pytest.raises(DsoundsError, match="gives the term 'other', which has no row"):
        Totals(ROWS, Weights()).loss({"other": torch.tensor(1.0)})
