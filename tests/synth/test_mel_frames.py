"""Log-mel in machine code: against the equation in float64, and the same bits in any batch."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from dsounds.datasets import features, open_corpus
from dsounds.datasets.reading import features as cached
from dsounds.errors import DsoundsError
from dsounds.synth import mel_frames
from dsounds.synth.features import LogMelSettings, log_mel, mel_filters, plain_power, window

SETTINGS = [
    LogMelSettings(),
    LogMelSettings(padding="reflect", hop_samples=160, bands=128),
    LogMelSettings(hop_samples=1000, bands=3, floor=1e-3),
    LogMelSettings(hop_samples=1, bands=5),
    LogMelSettings(hop_samples=2048, sample_rate_hz=44_100),
]


def clips_of(count: int, samples: int, seed: int = 0) -> np.ndarray:
    """Noise, in which a tone and silence are."""
    sound = 0.1 * np.random.default_rng(seed).standard_normal((count, samples))
    sound[:, : samples // 4] = np.sin(0.3 * np.arange(samples // 4))
    sound[:, samples // 2 : 3 * samples // 4] = 0
    return sound.astype(np.float32)


def by_definition(clip: np.ndarray, settings: LogMelSettings) -> np.ndarray:
    """Power in mel bands (frames, bands), frame by frame, by the plain sum of the transform."""
    half, bins = 1024, np.arange(1025)
    padded = np.pad(clip.astype(np.float64), half, mode=settings.padding_mode)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2048) / 2048)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(2048), bins) / 2048)
    rows = []
    for frame in range(settings.frames(len(clip))):
        start = frame * settings.hop_samples
        power = np.abs((padded[start : start + 2048] * hann) @ waves) ** 2
        rows.append(mel_filters(settings).toarray().astype(np.float64) @ power)
    return np.array(rows)


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda s: f"hop {s.hop_samples}")
def test_the_power_is_that_of_the_equation(settings: LogMelSettings) -> None:
    (clip,) = clips_of(1, 90 if settings.hop_samples == 1 else 9_001)
    true = by_definition(clip, settings)
    got = np.exp(log_mel(clip, settings).astype(np.float64)) - settings.floor
    assert got.shape == true.shape == (settings.frames(len(clip)), settings.bands)
    assert np.abs(got - true).max() <= 2e-6 * true.max()  # the logarithm rounds, too


@pytest.mark.parametrize("frames", [1, 31, 32, 33, 64, 251])
def test_every_number_of_frames(frames: int) -> None:
    """Against SciPy's transform; the last frames of a clip fill a row of 32 only in part."""
    settings = LogMelSettings()
    (clip,) = clips_of(1, (frames - 1) * 256 + 17)
    plain = plain_power(np.pad(clip, 1024), settings)
    got = np.exp(log_mel(clip).astype(np.float64)) - settings.floor
    assert got.shape == plain.shape == (frames, 80)
    assert np.abs(got - plain).max() <= 1e-6 * plain.max()


def test_each_bin_is_its_own() -> None:
    """A tone on a bin has its power there, and a quarter of it beside, by the window."""
    filters = type(mel_filters(LogMelSettings()))(np.eye(1025, dtype=np.float32))
    n = np.arange(2048)
    for k in (2, 255, 256, 257, 511, 512, 513, 777, 1022):
        tone = np.cos(2 * np.pi * k * n / 2048).astype(np.float32)
        power = mel_frames.mel_power(tone[None], 256, window(2048), filters)[0, 0]
        expected = np.zeros(1025)
        expected[k - 1 : k + 2] = np.array([0.25, 1, 0.25]) * 512.0**2
        np.testing.assert_allclose(power, expected, atol=1e-6 * 512.0**2)


def test_silence_is_the_floor() -> None:
    assert (log_mel(np.zeros((2, 64_000), np.float32)) == np.log(np.float32(1e-5))).all()
    assert log_mel(np.zeros((0, 64_000), np.float32)).shape == (0, 251, 80)


def test_the_bits_do_not_depend_on_batch_thread_or_place() -> None:
    """Clips one by one, together, in threads, and moved by whole frames: the same bits."""
    clips = clips_of(9, 12_345)
    together = log_mel(clips)
    with ThreadPoolExecutor(4) as pool:
        for alone in pool.map(log_mel, [clip for clip in clips for _ in range(4)][::4]):
            assert (together == alone).all(axis=(1, 2)).sum() == 1
        many = list(pool.map(log_mel, [clips] * 8))
    assert all(np.array_equal(one, together) for one in many)
    moved = np.concatenate([np.zeros((9, 5 * 256), np.float32), clips], axis=1)
    np.testing.assert_array_equal(log_mel(moved)[:, 5 + 4 :], together[:, 4:])


def test_a_cache_has_the_bits_of_any_number_of_workers(
    small_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cached log-mel, made by one thread or three, in parts of 1 or 32 clips."""
    corpus, made = open_corpus(small_folder), []
    for workers, part in ((1, 32), (3, 1), (3, 32)):
        monkeypatch.setattr(cached.os, "cpu_count", lambda workers=workers: workers)
        monkeypatch.setattr(cached, "_CHUNK_CLIPS", part)
        path = tmp_path / f"{workers}-{part}"
        shape = (len(corpus), 251, 80)
        cached._compute(corpus, LogMelSettings(), path, shape, False)
        made.append(path.read_bytes())
    assert made[0] == made[1] == made[2]
    np.testing.assert_array_equal(features(corpus), log_mel(corpus.audio(slice(None))))


@pytest.mark.parametrize(
    "settings",
    [
        LogMelSettings(window_samples=512, hop_samples=160, bands=20),
        LogMelSettings(hop_samples=5_000),
        LogMelSettings(window_samples=2047),
    ],
    ids=lambda s: f"{s.window_samples} {s.hop_samples}",
)
def test_other_frames_are_transformed_by_scipy(settings: LogMelSettings) -> None:
    assert not mel_frames.serves(settings.window_samples, settings.hop_samples)
    clips = clips_of(2, 20_000)
    half = settings.window_samples // 2
    plain = np.stack([plain_power(np.pad(clip, half), settings) for clip in clips])
    np.testing.assert_array_equal(
        log_mel(clips, settings), np.log(plain + np.float32(settings.floor))
    )


def test_frames_that_touch_are_served() -> None:
    """Of the fifth settings above, whose hop is the window."""
    assert mel_frames.serves(2048, 2048)
    assert not mel_frames.serves(2048, 2049)


def test_a_clip_too_short_to_be_mirrored_is_an_error() -> None:
    with pytest.raises(DsoundsError, match="mirrors 1024 samples"):
        log_mel(np.zeros(1024, np.float32), LogMelSettings(padding="reflect"))
