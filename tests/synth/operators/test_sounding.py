"""Ratios of powers are those while both sounds sound, and what was added is taken away again."""

from dataclasses import replace

import numpy as np
import pytest

from dsounds.datasets import Corpus, DMelodies, load_recipe, open_corpus
from dsounds.errors import DsoundsError
from dsounds.synth.operators import AddNoise, Gain, Mix, Remove
from dsounds.synth.operators.additions import Addition
from dsounds.synth.operators.sounding import lengths, loud, per_frame, power

RATE = 16_000


def power_db(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(sound, dtype=np.float64))))


def bursts(*spans_s: tuple[float, float], hz: float = 220, seconds: float = 2.0) -> np.ndarray:
    """A tone that is there within some spans of time, or noise at 0 Hz."""
    time = np.arange(round(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * hz * time) if hz else np.random.default_rng(1).normal(size=len(time))
    there = np.any([(time >= a) & (time < b) for a, b in spans_s], axis=0)
    return (0.3 * tone * there).astype(np.float32)


def melodies() -> Corpus:
    return open_corpus(DMelodies(count=12, instruments=("acoustic grand piano", "trumpet")))


def phrases(**own: object) -> Corpus:
    return open_corpus(replace(load_recipe("sinusoids-4"), count=16, **own))


def test_the_power_is_that_of_what_sounds() -> None:
    whole = bursts((0, 2))
    for part in (bursts((0, 0.5)), bursts((0.3, 0.8), (1.5, 1.9)), bursts((1.9, 2))):
        assert 10 * np.log10(power(part)) == pytest.approx(power_db(whole), abs=0.3)
    assert power(whole) == pytest.approx(np.mean(np.square(whole, dtype=np.float64)))
    assert power(np.zeros(1000)) == 0
    assert loud(np.zeros(10)).all()
    assert power(np.ones(7)) == 1  # shorter than a frame


@pytest.mark.parametrize(("below_db", "counts"), [(39, True), (41, False)])
def test_what_is_40_db_below_the_loudest_frame_does_not_sound(
    below_db: float, counts: bool
) -> None:
    sound = np.repeat([0.5, 0.5 * 10 ** (-below_db / 20)], 1300)  # in the end half a frame
    heard = loud(per_frame(sound**2) / lengths(len(sound)))
    assert heard[:10].all()
    assert heard[11:].all() == heard[11:].any() == counts
    assert np.sqrt(power(sound)) == pytest.approx(0.5 * (0.5**0.5 if counts else 1), rel=0.05)


def test_noise_is_at_its_ratio_while_a_phrase_sounds() -> None:
    """By the schedule: the notes as they are held, without the rests and the end of the clip."""
    corpus = phrases(crescendos=(0,))
    sound, notes = corpus.audio(range(16)), corpus.notes(range(16))
    noise = AddNoise(20, 1)(sound) - sound
    whole = [power_db(one) - power_db(other) for one, other in zip(sound, noise, strict=True)]
    for clip, own in zip(range(16), notes, strict=True):
        held = np.concatenate([
            sound[clip, n["onset_sample"] : n["offset_sample"]] for n in own if n["velocity"]
        ])  # fmt: skip
        assert power_db(held) - power_db(noise[clip]) == pytest.approx(20, abs=0.5)
    assert min(whole) < 15  # over the whole clip, silence included


def test_a_mix_is_at_its_ratio_while_both_sound() -> None:
    first, other = bursts((0.2, 0.5)), bursts((1, 1.2), hz=330)
    for ratio_db in (-6.0, 0.0, 12.0):
        added = Mix(other, ratio_db)(first[None])[0] - first
        assert power_db(first[3200:8000]) - power_db(added[16_000:19_200]) == pytest.approx(
            ratio_db, abs=0.1
        )


def random_additions() -> list[tuple[np.ndarray, Addition]]:
    rng = np.random.default_rng(4)
    clips = [melodies().audio(range(12)), phrases().audio(range(16))]
    made: list[tuple[np.ndarray, Addition]] = []
    for sound in clips:
        others = np.roll(sound, 1, axis=0)
        for ratio_db in (0, 3, 10, 20, 40, 70):
            made.append(
                (sound, AddNoise(ratio_db, int(rng.integers(9)), rng.choice(["white", "pink"])))
            )
            made.append((sound, Mix(others, ratio_db)))
    return made


def test_what_was_added_to_clips_with_rests_is_taken_away() -> None:
    for sound, addition in random_additions():
        there = addition(sound)
        error = np.abs(addition.inverse(there) - sound).max(axis=1)
        assert error.max() <= 1e-4, (addition.name, addition.ratio_db, np.argmax(error))


def test_a_gain_before_the_removal_does_not_matter() -> None:
    sound = phrases().audio(range(4))
    there = (AddNoise(15, 3) >> Gain(-20))(sound)
    np.testing.assert_allclose(Remove(AddNoise(15, 3))(there), sound * 0.1, atol=1e-5)


def test_what_is_no_mixture_is_said() -> None:
    with pytest.raises(DsoundsError, match="clip 0 is no mixture of Mix"):
        Remove(Mix(bursts((0, 2)), 0))(-bursts((0, 2))[None])
