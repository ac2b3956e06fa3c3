"""The kernel distance of mel statistics: what a model makes against real training clips."""

from .distance_rows import distance_row
from .kernel import kernel_distance_of_some

SCORE = distance_row(
    "kernel_distance_mel",
    "kernel mel distance",
    "mel",
    kernel_distance_of_some,
    930,
    hint="of the reconstructions from training clips, without bias: 0 for real ones",
    unit="100 square MMD",
    reference="Chung et al. 2025",
    costly=True,
)
