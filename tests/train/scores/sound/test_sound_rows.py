"""The rows of pitch and onsets: on tones with exact pitches, and on an oracle of a corpus."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.datasets import Corpus, FrameGrid
from dsounds.datasets.reading.frames import midi_to_hz
from dsounds.errors import DsoundsError
from dsounds.settings import to_table
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.synth.music.schedule import Voice
from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.data.melody import Melody, melody_of
from dsounds.train.scores.needs import missing
from dsounds.train.scores.oracle.oracle import Oracle
from dsounds.train.scores.registry import SCORES, chosen, rows_in_order
from dsounds.train.scores.sound import onset_f1, pitch_rows, raw_pitch_accuracy, vocoded
from dsounds.train.scores.sound.made_clips import drawn, made_clips
from dsounds.train.scores.sound.tracker import TRACKERS, Track

RATE_HZ, FRAME_S, CLIPS = 16_000, 0.016, 6
STEP_S = 0.4  # each clip has three tones of that length
RNG = np.random.default_rng(0)
PITCHES_HZ = midi_to_hz(np.array([RNG.permutation([57, 61, 66, 70, 75])[:3] for _ in range(CLIPS)]))


def tones() -> np.ndarray:
    t = np.arange(round(STEP_S * RATE_HZ)) / RATE_HZ
    clips = []
    for pitches in PITCHES_HZ:
        parts = [sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, 6)) for f in pitches]
        fade = np.minimum(1, np.minimum(np.arange(len(t)), np.arange(len(t))[::-1]) / 320)
        clips.append(np.concatenate([0.3 * fade * part for part in parts]))
    return np.array(clips, np.float32)


AUDIO = tones()
X = log_mel(AUDIO)  # (clips, 76, 80)


def melody_of_tones(dynamic_of: np.ndarray, static_of: np.ndarray) -> Melody:
    """The static factor changes nothing of the melody."""
    frame = np.minimum((np.arange(76) * FRAME_S / STEP_S).astype(int), 2)
    starts = np.arange(3) * STEP_S
    each = [starts] * len(dynamic_of)
    ends = [starts + STEP_S] * len(dynamic_of)
    return Melody(PITCHES_HZ[dynamic_of][:, frame], FRAME_S, tuple(each), tuple(ends))


@dataclass(frozen=True)
class Copies:
    """z is the clip, v is nothing; decoded is z with the bands moved up by `bands`."""

    bands: int = 0
    value: float = 0.0

    def encode(self, x: Tensor) -> Codes:
        return Codes(v_mean=torch.zeros(len(x), 2), z_mean=x)

    def decode(self, z: Tensor, v: Tensor) -> Tensor:
        return torch.roll(z, self.bands, dims=2) + self.value


def data(model: Any, **parts: Any) -> EvaluationData:
    labels = {"instrument": np.arange(CLIPS) % 2}
    given = {"audio": lambda places: AUDIO[places], "melody": melody_of_tones} | parts
    clips = Clips(X, labels, **given)
    partner = (np.arange(CLIPS) + 1) % CLIPS
    made = EvaluationData.of_arrays(clips, clips, model, (partner, X))
    made.about["features"] = to_table(LogMelSettings())
    return made


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> Callable[[np.ndarray], None]:
    """Let every tracker read the same, whatever it hears, and leave the vocoder out."""

    def reads(f0_hz: np.ndarray) -> None:
        made = Track(np.arange(len(f0_hz)) * FRAME_S, f0_hz)
        monkeypatch.setattr("dsounds.train.scores.sound.tracker.track", lambda *_: made)
        monkeypatch.setattr(vocoded, "to_audio", lambda *_: np.zeros(8, np.float32))
        monkeypatch.setattr(vocoded, "CLIPS", CLIPS)

    return reads


def test_a_model_that_copies_is_at_the_ceiling_and_another_pitch_is_at_0(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vocoded, "CLIPS", 3)
    perfect = data(Copies())
    found = raw_pitch_accuracy.SCORE.compute(perfect)
    assert found["raw_pitch_accuracy"] == found["raw_pitch_accuracy_vocoder"] > 0.9
    assert found["raw_pitch_accuracy_steady"] > 0.97
    assert found["raw_pitch_accuracy_tracker_steady"] > 0.97
    assert found["raw_pitch_accuracy_global"] == found["raw_pitch_accuracy"]  # v is nothing
    assert found["raw_pitch_accuracy_local_steady"] > 0.97
    assert found["raw_pitch_accuracy_clips"] == 3
    assert found["raw_pitch_accuracy_floor"] < 0.5
    other = raw_pitch_accuracy.SCORE.compute(data(Copies(bands=4)))
    assert other["raw_pitch_accuracy"] < 0.05
    assert other["raw_pitch_accuracy_vocoder"] == found["raw_pitch_accuracy_vocoder"]


def test_the_numbers_are_those_of_the_readings(exact: Callable[[np.ndarray], None]) -> None:
    """A tracker that always reads one pitch is right where it is played, counted by hand."""
    exact(np.full(76, PITCHES_HZ[0, 0]))
    found = raw_pitch_accuracy.SCORE.compute(data(Copies()))
    frame = np.minimum((np.arange(76) * FRAME_S / STEP_S).astype(int), 2)
    played = PITCHES_HZ[:, frame] == PITCHES_HZ[0, 0]
    assert 0.1 < played.mean() < 0.9
    for ending in ("", "_global", "_local", "_vocoder", "_tracker", "_floor"):
        assert found[f"raw_pitch_accuracy{ending}"] == pytest.approx(played.mean())


def test_swaps_are_held_against_the_melody_of_the_clip_whose_z_is_taken(
    exact: Callable[[np.ndarray], None],
) -> None:
    """The tracker reads the melody of clip 0; it is right for it, and where it is a partner."""

    def only_first(dynamic_of: np.ndarray, static_of: np.ndarray) -> Melody:
        made = melody_of_tones(dynamic_of, static_of)
        f0_hz = np.where((dynamic_of == 0)[:, None], 440.0, 110.0) * np.ones((1, 76))
        f0_hz[static_of == 2] *= 2
        return Melody(f0_hz, FRAME_S, made.onsets_s, made.offsets_s)

    exact(np.full(76, 440.0))
    found = raw_pitch_accuracy.SCORE.compute(data(Copies(), melody=only_first))
    share = 1 / CLIPS
    assert found["raw_pitch_accuracy"] == pytest.approx(share)
    # z of 0 with v of its partner 1; z of the partner 0 with v of 5.
    assert found["raw_pitch_accuracy_global"] == found["raw_pitch_accuracy_local"] == share
    made = made_clips(data(Copies(), melody=only_first), np.arange(CLIPS))
    assert made["global"].melody.f0_hz[:, 0].tolist() == [440, 220, 110, 110, 110, 110]
    assert made["local"].melody.f0_hz[:, 0].tolist() == [110, 110, 220, 110, 110, 440]
    np.testing.assert_array_equal(made["local"].x, X[(np.arange(CLIPS) + 1) % CLIPS])
    np.testing.assert_array_equal(made["global"].x, X)
    some = made_clips(data(Copies(), melody=only_first), np.array([0, 1, 4]))["counterfactual"]
    assert some.melody.f0_hz[:, 0].tolist() == [440, 220, 110]
    np.testing.assert_array_equal(some.x, X[[0, 1, 4]])


def test_floor_and_ceiling_stand_beside_each_number(exact: Callable[[np.ndarray], None]) -> None:
    exact(np.full(76, 440.0))
    all_data, row = data(Copies()), raw_pitch_accuracy.SCORE
    found = row.compute(all_data)
    floor, ceiling = row.floor(all_data), row.ceiling(all_data)
    assert {"raw_pitch_accuracy", "raw_pitch_accuracy_local_steady"} < floor.keys() & found.keys()
    assert floor["raw_pitch_accuracy_global"] == found["raw_pitch_accuracy_floor"]
    assert ceiling["raw_pitch_accuracy_steady"] == found["raw_pitch_accuracy_vocoder_steady"]


def test_some_clips_are_drawn_and_the_same_ones_again(monkeypatch: pytest.MonkeyPatch) -> None:
    all_data = data(Copies())
    assert drawn(all_data, 3).tolist() == drawn(all_data, 3).tolist()
    assert len(set(drawn(all_data, 3))) == 3
    assert drawn(all_data, 100).tolist() == list(range(CLIPS))
    monkeypatch.setattr(vocoded, "CLIPS", 2)
    monkeypatch.setattr(vocoded, "to_audio", lambda *_: np.zeros(4_000, np.float32))
    found = raw_pitch_accuracy.SCORE.compute(all_data)
    assert found["raw_pitch_accuracy_clips"] == 2
    assert found["raw_pitch_accuracy"] == 0


def test_without_v_there_are_no_swaps(exact: Callable[[np.ndarray], None]) -> None:
    class WithoutV(Copies):
        def encode(self, x: Tensor) -> Codes:
            return Codes(z_mean=x)

    exact(np.full(76, 440.0))
    found = raw_pitch_accuracy.SCORE.compute(data(WithoutV()))
    assert "raw_pitch_accuracy_vocoder" in found
    made_swaps = ("global", "local", "counterfactual")
    assert not [key for key in found if any(one in key for one in made_swaps)]
    assert "onset_f1_local" not in onset_f1.SCORE.compute(data(WithoutV()))


def test_what_cannot_be_scored_is_said() -> None:
    unknown = data(Copies(), melody=None)
    for name in ("raw-pitch-accuracy", "onset-f1"):
        assert missing(unknown, SCORES.load(name).needs) == "what the clips play is not known"
    diverged = data(Copies(value=float("nan")))
    with pytest.raises(DsoundsError, match="decode gave values that are not finite"):
        raw_pitch_accuracy.SCORE.compute(diverged)


def test_a_loud_clip_is_made_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a diverged model: the exponential of its log-mel would be infinite."""
    monkeypatch.setattr(vocoded, "CLIPS", 2)
    found = raw_pitch_accuracy.SCORE.compute(data(Copies(value=1e6)))
    assert 0 <= found["raw_pitch_accuracy"] <= 1


def test_a_range_that_a_tracker_cannot_read_is_noted(exact: Callable[[np.ndarray], None]) -> None:
    def high(dynamic_of: np.ndarray, static_of: np.ndarray) -> Melody:
        made = melody_of_tones(dynamic_of, static_of)
        f0_hz = made.f0_hz.copy()
        f0_hz[:, :19] = 2600.0
        return Melody(f0_hz, FRAME_S, made.onsets_s, made.offsets_s)

    exact(np.full(76, 440.0))
    noted = data(Copies(), melody=high)
    raw_pitch_accuracy.SCORE.compute(noted)
    assert noted.notes == [
        "raw_pitch_accuracy: 25% of the frames lie outside of 65 to 2500 Hz, which its tracker "
        "reads"
    ]
    within = data(Copies())
    raw_pitch_accuracy.SCORE.compute(within)
    assert within.notes == []


def test_onsets_of_tones_are_found_and_moved_ones_are_not() -> None:
    @dataclass(frozen=True)
    class Late(Copies):
        def decode(self, z: Tensor, v: Tensor) -> Tensor:
            return torch.roll(z, 10, dims=1)  # 160 ms

    found = onset_f1.SCORE.compute(data(Copies()))
    assert found["onset_f1"] == found["onset_f1_real"] == found["onset_f1_global"] > 0.9
    assert found["onset_f1_floor"] == found["onset_f1_real"]  # all clips have the same onsets
    late = onset_f1.SCORE.compute(data(Late()))
    assert late["onset_f1"] == pytest.approx(2 / 7)  # only what has come round to the beginning
    assert onset_f1.SCORE.ceiling(data(Copies()))["onset_f1_local"] == found["onset_f1_real"]


def test_melodies_are_those_of_the_corpus_after_a_change(small: Corpus) -> None:
    """Octave and instrument are static: they are those of the second clips."""
    found = EvaluationData.of_corpus(Oracle(small), small)
    melody, rows = found.scored.melody, small.split("validation")
    assert melody is not None
    octaves = small.classes[rows, small.space.column("octave")]
    low, high = (np.flatnonzero(octaves == one)[:2] for one in (0, 1))
    first, second = np.array([*low, high[0]]), np.array([high[0], low[0], low[1]])
    made, up = melody(first, second), octaves[second] - octaves[first]
    assert up.tolist() == [1, 0, -1]
    own = small.frames(rows[first], FrameGrid()).f0_hz
    programs = small.values[rows[second], small.space.column("instrument")]
    keys = own * 2.0 ** up[:, None]
    for clip, program in enumerate(programs):
        row = small.pitches.row(Voice(int(program)))
        cents = np.where(keys[clip] < 523, row.cents_4, row.cents_5)
        cents[keys[clip] > 1046] = row.cents_6
        np.testing.assert_allclose(made.f0_hz[clip], keys[clip] * 2.0 ** (cents / 1200))
    played = small.notes(rows[first])
    for clip, notes in enumerate(played):
        there = notes[notes["velocity"] > 0]
        np.testing.assert_allclose(made.onsets_s[clip], np.sort(there["onset_sample"]) / RATE_HZ)
        np.testing.assert_allclose(made.offsets_s[clip], np.sort(there["offset_sample"]) / RATE_HZ)
    whole = melody_of(small, small.classes[rows], FrameGrid())
    np.testing.assert_array_equal(melody(np.arange(8), np.arange(8)).f0_hz, whole.f0_hz)


def test_an_oracle_is_at_the_ceiling_of_the_vocoder(
    small: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its swaps are the true counterfactuals, in other octaves, too."""
    monkeypatch.setattr(vocoded, "CLIPS", 2)
    all_data = EvaluationData.of_corpus(Oracle(small), small)
    found = raw_pitch_accuracy.SCORE.compute(all_data)
    assert found["raw_pitch_accuracy"] == pytest.approx(found["raw_pitch_accuracy_vocoder"])
    assert found["raw_pitch_accuracy_global"] == found["raw_pitch_accuracy_counterfactual"]
    for ending in ("", "_global", "_local", "_tracker"):
        assert found[f"raw_pitch_accuracy{ending}_steady"] > 0.85
    assert found["raw_pitch_accuracy_floor_steady"] < 0.6
    onsets = onset_f1.SCORE.compute(all_data)
    assert onsets["onset_f1"] == pytest.approx(onsets["onset_f1_real"])
    assert onsets["onset_f1_global"] == onsets["onset_f1_counterfactual"]
    assert min(onsets[f"onset_f1{ending}"] for ending in ("", "_global", "_local")) > 0.85


def test_rows_of_other_trackers_are_computed_by_name_only() -> None:
    rows = rows_in_order()
    others = {row.name for row in rows if row.by_name}
    assert others == {
        f"raw_pitch_accuracy_{name.replace('-', '_')}" for name in TRACKERS.names if name != "yin"
    }
    for many in ("all", "quick"):
        names = {row.name for row in chosen(rows, [many])}
        assert names
        assert not names & others
    assert "raw_pitch_accuracy" in {row.name for row in chosen(rows, ["all"])}
    one = [row.name for row in chosen(rows, ["raw_pitch_accuracy_pesto", "quick"])]
    assert {"raw_pitch_accuracy_pesto", "onset_f1"} < set(one)
    assert "raw_pitch_accuracy" not in one


def test_a_tracker_that_is_not_installed_is_named_before_anything_is_computed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = replace(TRACKERS.load("pesto"), module="no_such_module_of_pitch")
    monkeypatch.setattr(TRACKERS, "load", lambda name: row)
    all_data = data(Copies())
    with pytest.raises(DsoundsError, match="the tracker pesto needs the package pesto-pitch"):
        SCORES.load("raw-pitch-accuracy-pesto").compute(all_data)
    assert not all_data._made


def test_every_row_asks_its_own_tracker(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def accuracies(name: str, tracker: str, data: EvaluationData) -> dict[str, float]:
        asked.append(tracker)
        return {name: 0.0}

    monkeypatch.setattr(pitch_rows, "_accuracies", accuracies)
    all_data = data(Copies())
    rows = [row for row in rows_in_order() if row.name.startswith("raw_pitch_accuracy_")]
    for row in rows:
        assert row.compute(all_data) == {row.name: 0.0}
        assert row.name == f"raw_pitch_accuracy_{asked[-1].replace('-', '_')}"
    assert set(asked) == set(TRACKERS.names) - {"yin"}
