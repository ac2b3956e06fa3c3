"""Raw pitch accuracy by the tracker pyin."""

from .pitch_rows import pitch_row

SCORE = pitch_row(
    name="raw_pitch_accuracy_pyin",
    label="raw pitch accuracy, pyin",
    tracker="pyin",
    hint="the same, read by pyin",
    order=761,
)
