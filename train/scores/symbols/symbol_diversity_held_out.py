"""The diversity of sounds of a recombination that no label showed."""

from .symbol_rows import diversity_row

SCORE = diversity_row(
    name="symbol_diversity_held_out",
    label="diversity, held out",
    hint="the same of recombinations that no label showed",
    order=450,
    of="held_out",
)
