"""The kernel distance by musicnn of what a model makes from real training clips."""

from .distance_rows import SOUND, distance_row
from .kernel import kernel_distance_of_some

SCORE = distance_row(
    "kernel_distance_musicnn",
    "KAD (musicnn)",
    "musicnn",
    kernel_distance_of_some,
    950,
    hint="the same of their sound, by musicnn",
    unit="100 square MMD",
    needs=SOUND | {"musicnn"},
    reference="Chung et al. 2025",
    costly=True,
)
