"""The dimension of a factor, the factor of a dimension, and gaps."""

import numpy as np
import pytest

from dsounds.train.scores.codes.estimators import Information
from dsounds.train.scores.codes.gaps import Gap, gap, own_dimensions, owner

# Dimension 0 tells all of a and some of c; 1 tells b; 2 tells as much of a as 0 does, and no c.
TOLD = Information(
    ("a", "b", "c"),
    (),
    np.array([[1.0, 0.0, 1.0], [0.1, 2.0, 0.0], [1.1, 0.0, 0.0]]),
    np.array([1.0, 2.0, 3.0]),
    np.diag([1.0, 2.0, 3.0]),
)


def test_a_gap_and_the_place_of_its_rival() -> None:
    row = np.array([4.0, 3.0, 1.0, 9.0])
    assert gap(row, 3) == Gap(5.0, 0)
    assert gap(row, 0) == Gap(-5.0, 3)
    assert gap(row, 3, np.array([1, 2])) == Gap(6.0, 1)
    assert gap(row[:1], 0) == Gap(4.0, None)


def test_of_dimensions_that_tell_as_much_the_one_that_tells_least_else_is_taken() -> None:
    assert own_dimensions(TOLD, None).tolist() == [2, 1, 0]
    assert own_dimensions(TOLD, {"a": 0, "c": np.int64(1)}).tolist() == [0, 1, 1]


@pytest.mark.parametrize(("own", "expected"), [([0, 1, 0], 0), ([1, 1, 0], 2), ([1, 1, 2], None)])
def test_the_factor_of_a_dimension_is_the_one_that_it_tells_most_of(
    own: list[int], expected: int | None
) -> None:
    """As a part of its entropy: dimension 0 tells 1 of 1 nats of a, and 1.1 of 3 of c."""
    assert owner(TOLD, np.array(own), 0) == expected
