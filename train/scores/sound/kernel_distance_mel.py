"""The kernel distance of mel statistics: what a model makes against real training clips."""

from .distance_rows import distance_row
from .kernel import kernel_distance

SCORE = distance_row(
    "kernel_distance_mel",
    "kernel mel distance",
    "mel",
    kernel_distance,
    930,
    hint="of the reconstructions from training clips, without bias: 0 for real ones",
    unit="100 square MMD",
    reference="Chung et al. 2025",
)
