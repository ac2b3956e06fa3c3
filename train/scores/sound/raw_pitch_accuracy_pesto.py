"""Raw pitch accuracy by the tracker pesto, whose package is under the LGPL."""

from .pitch_rows import pitch_row

SCORE = pitch_row(
    name="raw_pitch_accuracy_pesto",
    label="raw pitch accuracy, pesto",
    tracker="pesto",
    hint="the same, read by pesto (LGPL)",
    order=762,
)
