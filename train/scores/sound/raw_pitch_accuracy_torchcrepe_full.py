"""Raw pitch accuracy by the tracker torchcrepe-full."""

from .pitch_rows import pitch_row

SCORE = pitch_row(
    name="raw_pitch_accuracy_torchcrepe_full",
    label="raw pitch accuracy, CREPE full",
    tracker="torchcrepe-full",
    hint="the same, read by the large network of CREPE",
    order=765,
)
