"""The Fréchet Audio Distance (FAD), by VGGish, of what a model makes from real training clips."""

from .distance_rows import SOUND, distance_row
from .frechet import frechet_distance, frechet_infinite

SCORE = distance_row(
    "frechet_vggish",
    "FAD (VGGish)",
    "vggish",
    frechet_distance,
    910,
    frechet_infinite,
    hint="of the reconstructions' sound from training clips, by VGGish: FAD proper",
    unit="square distance",
    needs=SOUND | {"vggish"},
    reference="Kilgour et al. 2019",
    decimals=2,
    costly=True,
)
