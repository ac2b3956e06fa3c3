"""Batches: made once where they fit in memory, again where they do not; never all at a time."""

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.train.scores.data import batches
from dsounds.train.scores.data.batches import Batches, Memory, mean_squares

CLIPS = torch.randn(10, 3, 2, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """First clips of the batches of four that were made."""
    monkeypatch.setattr(batches, "BATCH", 4)
    return []


def of_clips(made: list[int], memory: Memory) -> Batches:
    def make(rows: slice) -> Tensor:
        made.append(rows.start)
        return CLIPS[rows]

    return Batches(make, len(CLIPS), memory)


@pytest.mark.parametrize(("free_bytes", "times"), [(CLIPS.nbytes, 1), (CLIPS.nbytes - 1, 2)])
def test_what_fits_is_made_once(made: list[int], free_bytes: int, times: int) -> None:
    clips = of_clips(made, Memory(free_bytes))
    assert torch.equal(clips.whole(), CLIPS)
    assert torch.equal(clips.whole(), CLIPS)
    assert made == [0, 4, 8] * times


def test_memory_is_shared(made: list[int]) -> None:
    memory = Memory(CLIPS.nbytes)
    first, second = of_clips(made, memory), of_clips(made, memory)
    for clips in (first, second, first, second):
        clips.whole()
    assert made == [0, 4, 8] * 3


def test_several_iterations_side_by_side_make_each_batch_once(made: list[int]) -> None:
    clips = of_clips(made, Memory(0))
    mean_squares(clips, clips, (x + 1 for x in clips))
    assert made == [0, 4, 8]


def test_mean_squares_per_band(made: list[int]) -> None:
    clips = of_clips(made, Memory(0))
    moved = (x + torch.tensor([1.0, 3.0]) for x in clips)
    same, other = mean_squares(clips, clips, moved)
    assert same.tolist() == [0, 0]
    assert other.tolist() == pytest.approx([1, 9], rel=1e-6)


def test_clips_at_places_come_from_their_batches_alone(made: list[int]) -> None:
    places = np.array([2, 9, 8])
    assert torch.equal(of_clips(made, Memory(CLIPS.nbytes)).at(places), CLIPS[places])
    assert made == [0, 8]
