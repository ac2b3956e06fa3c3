"""The Kernel Audio Distance (KAD), by VGGish, of what a model makes from real training clips."""

from .distance_rows import SOUND, distance_row
from .kernel import kernel_distance_of_some

SCORE = distance_row(
    "kernel_distance_vggish",
    "KAD (VGGish)",
    "vggish",
    kernel_distance_of_some,
    940,
    hint="the same of their sound, by VGGish",
    unit="100 square MMD",
    needs=SOUND | {"vggish"},
    reference="Chung et al. 2025",
    costly=True,
)
