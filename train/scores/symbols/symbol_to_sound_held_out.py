"""Symbol to sound, of recombinations that no label showed, asked for by their symbols."""

from .symbol_rows import accuracy_row

SCORE = accuracy_row(
    name="symbol_to_sound_held_out",
    label="symbol to sound, held out",
    hint="the same of recombinations that no label showed",
    order=430,
    of="held_out",
)
