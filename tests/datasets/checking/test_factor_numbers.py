"""Numbers heard in melodies: velocities in their own unit, and pitches to the semitone."""

import numpy as np

from dsounds.datasets import DMelodies, open_corpus
from dsounds.datasets.checking.factor_numbers import melody_numbers


def test_velocity_is_measured_and_another_tonic_or_octave_is_heard() -> None:
    corpus = open_corpus(
        DMelodies(
            count=4, tonics=("C", "C#"), octaves=(4, 5), velocities=(60, 100),
            rhythms_bar1=("xxxxxx..",), rhythms_bar2=("..xxxxxx",),
        )
    )  # fmt: skip
    values = corpus.labels([0, 0, 0])[1]
    others = {
        name: 1 - corpus.classes[0, corpus.space.column(name)] for name in ("tonic", "octave")
    }
    sound = np.concatenate(
        [
            corpus.audio([0]),
            *(corpus.counterfactual([0], classes={name: k}) for name, k in others.items()),
        ]
    )
    found = melody_numbers(corpus, sound, values)
    for name in ("tonic", "octave", "scale"):
        (own,) = (one for key, one in found.items() if key.split(" ")[0] == name)
        assert own.tolist() == [0, 1, 1]
    (velocity,) = (one for key, one in found.items() if key.startswith("velocity"))
    np.testing.assert_allclose(velocity, values[:, corpus.space.column("velocity")], rtol=1e-3)
    assert set(corpus.values[:, corpus.space.column("velocity")]) == {60, 100}
