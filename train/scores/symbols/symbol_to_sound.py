"""Symbol to sound: whether the sounds of a label's concept have its symbols."""

from .symbol_rows import accuracy_row

SCORE = accuracy_row(
    name="symbol_to_sound",
    label="symbol to sound",
    hint="a judge hears the symbols of a label in sounds of them",
    order=420,
    of="labels",
)
