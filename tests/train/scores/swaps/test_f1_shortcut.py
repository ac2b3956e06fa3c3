"""The F1 that statistics of the sound reach without a model."""

from dataclasses import replace

import numpy as np
import pytest

from dsounds.datasets.checking import shortcuts
from dsounds.train.models.interface import Codes
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluation import score
from dsounds.train.scores.swaps import f1_shortcut

CLIPS, SAMPLES = 90, 800
LABELS = {"level": np.arange(CLIPS) % 3, "order": np.arange(CLIPS) // 3 % 2}


def clips(seed: int = 0, audio: bool = True) -> Clips:
    """Noise whose level tells the factor level; nothing tells the factor order."""
    rng = np.random.default_rng(seed)
    sound = rng.normal(size=(CLIPS, SAMPLES)) * 0.05 * 2.0 ** LABELS["level"][:, None]
    codes = Codes(v_mean=rng.normal(size=(CLIPS, 2)).astype(np.float32))  # v knows nothing
    return Clips(labels=LABELS, codes=codes, audio=sound.__getitem__ if audio else None)


def test_a_level_is_told_and_an_order_is_not() -> None:
    found = f1_shortcut.compute(EvaluationData.of_arrays(clips(0), clips(1)))
    assert found["level"] == 1
    assert found["order"] < 0.75


def test_it_stands_beside_the_other_scores_of_a_factor() -> None:
    found = score(EvaluationData.of_arrays(clips(0), clips(1)), only=["f1_input", "f1_shortcut"])
    assert found.scores["level/f1_shortcut"] == 1
    assert found.scores["level/f1_input"] < 0.6
    assert found.rows["f1_shortcut"]["floor"]["level"] == pytest.approx(1 / 3)
    assert "shortcut" in found.table()


def test_without_sound_it_is_left_out() -> None:
    found = score(EvaluationData.of_arrays(clips(audio=False), clips(1)), only=["f1_shortcut"])
    assert "level/f1_shortcut" not in found.scores
    assert any("f1_shortcut" in note for note in found.notes)


def test_of_many_clips_some_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcuts, "MOST_CLIPS", 30)
    data = EvaluationData.of_arrays(clips(0), clips(1))
    assert f1_shortcut.compute(data) == f1_shortcut.compute(data)
    assert f1_shortcut.compute(data)["level"] > 0.9


def test_clips_are_heard_once_and_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """More clips train than are scored: places are drawn from all of their own part."""
    monkeypatch.setattr(shortcuts, "MOST_CLIPS", 50)
    monkeypatch.setattr(f1_shortcut, "_BATCH_CLIPS", 7)
    heard: list[np.ndarray] = []

    def listening(part: Clips) -> Clips:
        of = part.audio
        assert of is not None

        def audio(places: np.ndarray) -> np.ndarray:
            heard.append(places)
            return of(places)

        return replace(part, audio=audio)

    fewer = {name: labels[:40] for name, labels in LABELS.items()}
    scored = replace(clips(1), labels=fewer, codes=Codes(v_mean=np.zeros((40, 2), np.float32)))
    data = EvaluationData.of_arrays(listening(scored), listening(clips(0)))
    f1_shortcut.compute(data)
    assert [len(one) for one in heard] == [7] * 7 + [1] + [7] * 5 + [5]
    fitted, asked = np.concatenate(heard[:8]), np.concatenate(heard[8:])
    assert len(set(fitted)) == 50
    assert fitted.max() >= 80
    assert asked.tolist() == list(range(40))


def test_the_forest_follows_from_the_seed() -> None:
    first, again, other = (
        f1_shortcut.compute(EvaluationData.of_arrays(clips(0), clips(1), seed=seed))["order"]
        for seed in (0, 0, 1)
    )
    assert first == again != other
