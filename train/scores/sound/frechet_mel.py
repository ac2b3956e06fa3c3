"""The Fréchet distance of mel statistics: what a model makes against real training clips."""

from .distance_rows import distance_row
from .frechet import frechet_distance, frechet_infinite

SCORE = distance_row(
    "frechet_mel",
    "Fréchet mel distance",
    "mel",
    frechet_distance,
    900,
    frechet_infinite,
    hint="of the reconstructions from training clips, by mel statistics; no FAD",
    unit="square, log-mel",
    reference="Dowson and Landau 1982",
    decimals=2,
)
