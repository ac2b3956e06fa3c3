"""The equal error rate of telling by z that two clips have the same static class: large is good."""

from .rows import CHANCE, over_time, verification_row

SCORE = verification_row(
    "z_equal_error",
    "equal error rate of mean z",
    "large: by z, averaged over time, one does not know the static class",
    lambda data: over_time(data.z.double().numpy()),
    order=710,
    better="higher",
    floor=0.0,
    ceiling=CHANCE,
    needs=frozenset({"z", "labels"}),
)
