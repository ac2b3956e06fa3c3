"""AND, IN COMMON, IGNORE that make a recombination that no label showed."""

from .symbol_rows import accuracy_row

SCORE = accuracy_row(
    name="recombination_held_out",
    label="operators, held out",
    hint="the same of recombinations that no label showed",
    order=470,
    of="operators_held_out",
)
