"""The equal error rate of telling by v that two clips have the same static class: small is good."""

from .rows import CHANCE, verification_row

SCORE = verification_row(
    "v_equal_error",
    "equal error rate of v",
    "small: by v one knows that two clips have the same static class",
    lambda data: data.v.numpy(),
    order=700,
    better="lower",
    floor=CHANCE,
    ceiling=0.0,
    needs=frozenset({"v", "labels"}),
)
