"""The diversity of sounds of a recombination that an operator made and no label showed."""

from .symbol_rows import diversity_row

SCORE = diversity_row(
    name="recombination_diversity",
    label="diversity, operators",
    hint="classes that these have of what the recombination leaves open",
    order=480,
    of="operators_held_out",
)
