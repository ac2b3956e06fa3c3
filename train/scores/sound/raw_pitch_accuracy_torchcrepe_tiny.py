"""Raw pitch accuracy by the tracker torchcrepe-tiny."""

from .pitch_rows import pitch_row

SCORE = pitch_row(
    name="raw_pitch_accuracy_torchcrepe_tiny",
    label="raw pitch accuracy, CREPE tiny",
    tracker="torchcrepe-tiny",
    hint="the same, read by the small network of CREPE",
    order=764,
)
