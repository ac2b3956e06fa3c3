"""Augmented views: what they keep and what they change."""

import math
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
import torch
from torch import Tensor

from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.models.contrast.augmentations import (
    CONTENT,
    DB,
    MOTION,
    Strength,
    amplified,
    block_resample,
    block_shuffle,
    cosines,
    equalisation,
    formants,
)
from dsounds.train.models.contrast.c_dsvae_settings import ContrastConfig

PAGE = (Path(__file__).parents[4] / "docs" / "models.md").read_text(encoding="utf-8")
FLOOR = math.log(1e-5)
SILENCE = torch.tensor(FLOOR)
STRENGTH = Strength(block_frames=4)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def clips(n: int = 3, frames: int = 10, mel: int = 40) -> Tensor:
    return FLOOR + 8 * torch.rand(n, frames, mel, generator=generator())


def sorted_rows(clip: Tensor) -> list[list[float]]:
    return sorted(clip.tolist())


def tones(f0_hz: float, tilt: float = 1.0) -> np.ndarray:
    """Return the log-mel of a second of harmonics, (1, frames, 80)."""
    time_s = np.arange(16_000) / 16_000
    partials = np.arange(1, int(7900 / f0_hz) + 1)
    audio = (np.sin(2 * np.pi * f0_hz * partials * time_s[:, None]) / partials**tilt).sum(axis=1)
    return log_mel((audio / np.abs(audio).max()).astype(np.float32)[None])


@pytest.mark.parametrize("name", [*CONTENT, *MOTION, "true"])
def test_the_page_of_models_has_a_line_for_each_view(name: str) -> None:
    assert f"\n| `{name}` | " in PAGE


def test_the_settings_name_every_view() -> None:
    hints = get_type_hints(ContrastConfig)
    assert set(get_args(hints["content"])) == {*CONTENT, "none"}
    assert set(get_args(hints["motion"])) == {*MOTION, "true", "none"}
    start = ContrastConfig()
    assert Strength(start.block_frames, start.equalisation_db, start.formant_ratio) == Strength()


@pytest.mark.parametrize("name", [*CONTENT, *MOTION])
def test_views_come_from_the_generator_alone_and_have_their_clips_shape(name: str) -> None:
    x = clips()

    def view(seed: int) -> Tensor:
        if name in CONTENT:
            return CONTENT[name](x, STRENGTH, generator(seed))
        return MOTION[name](x, SILENCE, STRENGTH, generator(seed))

    assert view(0).shape == x.shape
    assert view(0).dtype == x.dtype
    assert torch.equal(view(0), view(0))
    assert name == "reverse" or not torch.equal(view(0), view(1))
    assert not torch.equal(view(0), x)


@pytest.mark.parametrize("name", ["shuffle", "reverse", "block-shuffle"])
def test_orders_keep_every_frame_once(name: str) -> None:
    x = clips()
    view = CONTENT[name](x, STRENGTH, generator())
    for clip, changed in zip(x, view, strict=True):
        assert sorted_rows(changed) == sorted_rows(clip)
    moved = [
        [clip.tolist().index(f) for f in changed.tolist()]
        for clip, changed in zip(x, view, strict=True)
    ]
    assert name == "reverse" or moved[0] != moved[1]  # each clip has an order of its own


def places(frames: int, block: int, name: str, seed: int = 0) -> list[int]:
    """Return the numbers of the frames of a view."""
    x = torch.arange(float(frames)).reshape(1, frames, 1)
    return CONTENT[name](x, Strength(block_frames=block), generator(seed))[0, :, 0].int().tolist()


def test_blocks_stay_whole_the_short_last_one_too() -> None:
    blocks = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    for seed in range(5):
        found = places(10, 4, "block-shuffle", seed)
        order = sorted(range(3), key=lambda b: found.index(blocks[b][0]))
        assert found == [frame for b in order for frame in blocks[b]]


def test_resampled_blocks_are_runs_of_frames_that_leave_others_out() -> None:
    missing = 0
    for seed in range(20):
        found = places(41, 8, "block-resample", seed)
        runs = [found[start : start + 8] for start in range(0, 41, 8)]
        assert all(run == list(range(run[0], run[0] + len(run))) for run in runs)
        assert min(found) >= 0
        assert max(found) <= 40
        missing += 41 - len(set(found))
    assert missing > 20 * 5


def test_blocks_longer_than_the_clip_are_the_clip() -> None:
    x = clips()
    for make in (block_shuffle, block_resample):
        assert torch.equal(make(x, Strength(block_frames=99), generator()), x)


@pytest.mark.parametrize("name", MOTION)
@pytest.mark.parametrize("bands", [1, 2, 5, 7])
def test_few_bands_are_changed_too(name: str, bands: int) -> None:
    x = clips(mel=bands)
    view = MOTION[name](x, SILENCE, Strength(), generator())
    assert view.shape == x.shape
    assert torch.isfinite(view).all()
    assert bands == 1 or not torch.equal(view, x)


@pytest.mark.parametrize("name", MOTION)
def test_silence_stays_silent_and_time_is_left_alone(name: str) -> None:
    x = clips()
    x[:, 3] = FLOOR
    view = MOTION[name](x, SILENCE, STRENGTH, generator())
    torch.testing.assert_close(view[:, 3], x[:, 3])
    assert float(view.min()) >= FLOOR - 1e-5
    reverse = CONTENT["reverse"]
    torch.testing.assert_close(
        reverse(view, STRENGTH, None),
        MOTION[name](reverse(x, STRENGTH, None), SILENCE, STRENGTH, generator()),
    )


@pytest.mark.parametrize("floor", [1e-5, float(np.finfo(float).eps)])
def test_a_gain_multiplies_the_power_above_the_floor(floor: float) -> None:
    power = torch.tensor([0.0, 1e-7, 1e-3, 10.0, 3000.0], dtype=torch.float64)
    x = torch.log(power + floor).float()
    gain = torch.tensor([2.0, 1.0, -3.0, 4.0, 0.5])
    expected = torch.log(power * gain.double().exp() + floor).float()
    found = amplified(x, gain, torch.tensor(math.log(floor)))
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=1e-3)


def test_equalisation_is_one_smooth_gain_of_the_strength_asked_for() -> None:
    loud = torch.full((4000, 2, 80), 20.0)
    gain = equalisation(loud, SILENCE, Strength(equalisation_db=6.0), generator()) - loud
    torch.testing.assert_close(gain[:, 0], gain[:, 1])
    assert float(gain.std() / DB) == pytest.approx(6, rel=0.05)
    step = gain[:, 0].diff(dim=-1)
    assert float(step.std() / gain.std()) < 0.2
    none = equalisation(loud, SILENCE, Strength(equalisation_db=0.0), generator())
    torch.testing.assert_close(none, loud)


def test_the_cosines_are_orthogonal() -> None:
    rows = cosines(torch.zeros(1, 1, 16, dtype=torch.float64))
    product = rows @ rows.T
    torch.testing.assert_close(product, torch.diag(product.diagonal()), atol=1e-10, rtol=0)


def test_a_smooth_envelope_is_stretched_as_it_would_be_by_hand() -> None:
    """An envelope of one cosine, far above the floor, moves to where the ratio says."""
    bands = np.arange(80) + 0.5

    def envelope(at: np.ndarray) -> np.ndarray:
        return 10 + 2 * np.cos(math.pi / 80 * 3 * at)

    x = torch.from_numpy(np.tile(envelope(bands), (50, 1, 1))).float()
    view = formants(x, SILENCE, Strength(formant_ratio=1.5), generator())
    ratios = 1.5 ** (2 * torch.rand(50, 1, generator=generator()).numpy() - 1)
    expected = envelope(np.clip(bands * ratios, 0.5, 79.5))
    np.testing.assert_allclose(view[:, 0], expected, atol=1e-3)
    assert ratios.min() < 0.75
    assert ratios.max() > 1.3


def top(three: np.ndarray) -> np.ndarray:
    """Return where the parabola through three bands, (n, 3), has its top, from the middle one."""
    left, middle, right = three.T
    return 0.5 * (left - right) / (left - 2 * middle + right)


@pytest.mark.parametrize("f0_hz", [262.0, 392.0, 523.0])
@pytest.mark.parametrize("name", MOTION)
def test_the_harmonics_stay_where_they_are(name: str, f0_hz: float) -> None:
    """The peaks of the first harmonics, the pitch, do not move by a quarter of a band."""
    x = torch.from_numpy(np.repeat(tones(f0_hz), 20, axis=0))[:, 20:40]
    view = MOTION[name](x, SILENCE, Strength(), generator())
    before, after = x.mean(dim=1).numpy(), view.mean(dim=1).numpy()
    peaks = [b for b in range(1, 30) if before[0, b] >= before[0, b - 1 : b + 2].max()][:2]
    assert len(peaks) == 2
    for b in peaks:
        moved = top(after[:, b - 1 : b + 2]) - top(before[:, b - 1 : b + 2])
        assert np.abs(moved).max() < 0.25
    assert float((view - x).abs().mean()) > 0.3


def test_the_block_is_longer_than_a_window() -> None:
    log_mel_settings = LogMelSettings()
    window_frames = log_mel_settings.window_samples / log_mel_settings.hop_samples
    assert Strength().block_frames > window_frames
