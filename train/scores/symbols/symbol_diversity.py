"""The diversity of sounds of one concept: what its symbols leave open varies."""

from .symbol_rows import diversity_row

SCORE = diversity_row(
    name="symbol_diversity",
    label="diversity",
    hint="classes that they have of what a label leaves open",
    order=440,
    of="labels",
)
