"""Raw pitch accuracy: the pitch of what a model makes, read by YIN, against the score's own.

The truth is the f0 of the clip's notes, no reading of the clip's sound, of all frames in which a
note is held: the octave and the cents at which the instrument was once measured to sound its keys
(`PitchTable`), or the key's own where its SoundFont was not measured. Frames of an instrument
without a pitch do not count. Beside the reconstruction and the swaps stand the real clips through
the same vocoder (..._vocoder, the ceiling, which a model that leaves the tails of notes out may
pass by some hundredths), the true counterfactuals through it (..._counterfactual: what a perfect
global swap has), the real clips' own sound (..._tracker), the real clips against the melody of
another clip (..._floor), all of them also of frames farther than 50 ms from the beginnings and ends
of notes (..._steady), and the number of clips (..._clips). Numbers are means over clips.

YIN is the default as it needs no package, takes 7 ms a clip, and reads better than pyin here.
"""

from .pitch_rows import pitch_row

SCORE = pitch_row(
    name="raw_pitch_accuracy",
    label="raw pitch accuracy",
    tracker="yin",
    hint="the decoded clip has the pitch of the score",
    order=760,
    by_name=False,
)
