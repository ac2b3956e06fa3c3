"""Raw pitch accuracy by the tracker swift-f0."""

from .pitch_rows import pitch_row

SCORE = pitch_row(
    name="raw_pitch_accuracy_swift_f0",
    label="raw pitch accuracy, swift-f0",
    tracker="swift-f0",
    hint="the same, read by swift-f0",
    order=763,
)
