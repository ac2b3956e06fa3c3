"""Melodies: the whole space against an independent build, schedules, names, MIDI."""

import io
import itertools

import numpy as np
import pretty_midi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsounds.errors import DsoundsError
from dsounds.synth.music import melody, midi


def slow_melody(scale: int, rhythms: tuple[int, int], down: tuple[int, ...]) -> list[int | None]:
    """One melody in C4, by the rules as dMelodies' paper tells them, note by note."""
    ladder = (
        [60, 62, 64, 65, 67, 69, 71, 72, 74],
        [60, 62, 63, 65, 67, 68, 71, 72, 74],
        [60, 62, 63, 65, 66, 69, 70, 72, 74],
    )[scale]
    queue = []
    for root, is_down in zip((0, 3, 4, 0), down, strict=True):
        chord = [ladder[root], ladder[root + 2], ladder[root + 4]]
        queue += list(reversed(chord)) if is_down else chord
    sounding = []
    for rhythm in rhythms:
        onsets = list(itertools.combinations(range(8), 6))[rhythm]
        sounding += [slot in onsets for slot in range(8)]
    tones = iter(queue)
    return [next(tones) if sounds else None for sounds in sounding]


def test_whole_space_equals_an_independent_build() -> None:
    grid = np.indices(melody.SIZES).reshape(9, -1).T
    pitches = melody.slots(grid)
    in_c4 = np.array(
        [
            [tone or 0 for tone in slow_melody(scale, (r1, r2), down)]
            for scale in range(3)
            for r1 in range(28)
            for r2 in range(28)
            for down in itertools.product((0, 1), repeat=4)
        ]
    )
    shift = (np.arange(12)[:, None] + 12 * np.arange(3)).reshape(12, 3, 1, 1)
    expected = np.where(in_c4 > 0, in_c4 + shift, 0).reshape(-1, 16)
    assert pitches.dtype == np.uint8
    assert len(pitches) == 1_354_752
    np.testing.assert_array_equal(pitches, expected)


def test_a_known_melody() -> None:
    # B, octave 6, blues, first and last rhythm, all down: the highest corner.
    pitches = melody.slots(np.array([[11, 2, 2, 0, 27, 1, 1, 1, 1]]))[0]
    b6 = 95
    assert pitches.tolist() == [
        b6 + 6, b6 + 3, b6, b6 + 12, b6 + 9, b6 + 5, 0, 0,
        0, 0, b6 + 14, b6 + 10, b6 + 6, b6 + 6, b6 + 3, b6,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "classes", [np.zeros((2, 8), int), np.full((1, 9), 2), np.full((1, 9), -1)]
)
def test_bad_classes_are_refused(classes: np.ndarray) -> None:
    with pytest.raises(DsoundsError, match=r"classes must be|out of range"):
        melody.slots(classes)


@given(st.tuples(*(st.integers(0, size - 1) for size in melody.SIZES)), st.integers(1, 127))
def test_schedule_follows_the_slots(classes: tuple[int, ...], velocity: int) -> None:
    pitches = melody.slots(np.array([classes]))
    notes = melody.notes(pitches, velocity)[0]
    assert len(notes) == 12
    assert (notes["velocity"] == velocity).all()
    slot = np.flatnonzero(pitches[0])
    np.testing.assert_array_equal(notes["pitch"], pitches[0][slot])
    for field, grid in (("onset_sample", slot * 4000), ("offset_sample", (slot + 1) * 4000)):
        assert (notes[field] % 64 == 0).all()
        assert ((notes[field] >= grid) & (notes[field] < grid + 64)).all()
    assert (notes["onset_sample"][1:] >= notes["offset_sample"][:-1]).all()


def test_instruments_by_name_and_number() -> None:
    assert midi.program_number("violin") == 40
    assert midi.program_number("Violin") == 40
    assert midi.program_number("nylon guitar") == 24
    assert midi.program_number(56) == midi.program_number("56") == midi.program_number("trumpet")
    assert [midi.program_number(midi.program_name(p)) for p in range(128)] == list(range(128))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("vioolin", "did you mean 'violin'"),
        ("guitar", "ambiguous"),
        ("128", "out of range"),
        ("-1", "out of range"),
        ("", "unknown instrument"),
    ],
)
def test_bad_instruments(name: str, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        midi.program_number(name)


def test_midi_round_trip() -> None:
    pitches = melody.slots(np.array([[3, 1, 2, 5, 9, 0, 1, 0, 1]]))
    file = io.BytesIO()
    midi.to_midi(melody.notes(pitches)[0], [73]).write(file)
    again = pretty_midi.PrettyMIDI(io.BytesIO(file.getvalue()))
    assert again.instruments[0].program == 73
    grid = np.zeros(16, int)
    for note in again.instruments[0].notes:
        slot = round(note.start / 0.25)
        assert note.start == pytest.approx(slot * 0.25, abs=1e-3)
        assert note.end == pytest.approx(slot * 0.25 + 0.25, abs=1e-3)
        grid[slot] = note.pitch
    np.testing.assert_array_equal(grid, pitches[0])
