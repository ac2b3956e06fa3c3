"""The Fréchet distance by musicnn of what a model makes from real training clips."""

from .distance_rows import SOUND, distance_row
from .frechet import frechet_distance, frechet_infinite

SCORE = distance_row(
    "frechet_musicnn",
    "Fréchet (musicnn)",
    "musicnn",
    frechet_distance,
    920,
    frechet_infinite,
    hint="the same by musicnn, which was trained to tag music",
    unit="square distance",
    needs=SOUND | {"musicnn"},
    reference="Pons and Serra 2019",
    decimals=2,
    costly=True,
)
