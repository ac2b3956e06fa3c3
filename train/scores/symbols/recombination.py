"""AND, IN COMMON, IGNORE: whether sounds of what they make have its symbols."""

from .symbol_rows import accuracy_row

SCORE = accuracy_row(
    name="recombination",
    label="operators",
    hint="a judge hears what an operator should make of two concepts",
    order=460,
    of="operators",
)
