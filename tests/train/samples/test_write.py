"""A grid on disk: sound, picture and arrays, to the same bytes; nothing that is there is harmed."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from matplotlib.image import imread

from dsounds.errors import DsoundsError
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.samples import picture
from dsounds.train.samples.grid import Grid
from dsounds.train.samples.picture import draw_grid
from dsounds.train.samples.write import write

FEATURES = LogMelSettings(bands=40)


def tone(hz: float, frames: int = 32) -> np.ndarray:
    """Return the log-mel (frames, 40) of a tone."""
    seconds = np.arange((frames - 1) * FEATURES.hop_samples) / FEATURES.sample_rate_hz
    return log_mel(np.sin(2 * np.pi * hz * seconds).astype(np.float32), FEATURES)


def tones() -> Grid:
    """Return a row of a short tone and two others."""
    x = np.full((1, 3, 32, 40), np.nan, np.float32)
    x[0, 0, :16] = tone(440, 16)
    x[0, 1], x[0, 2] = tone(880), tone(1760)
    v = np.ones((1, 3, 2), np.float32)
    about = {"model": "tones", "seed": 3}
    return Grid("predict", ("clip 3, violin",), ("clip", "a/b", "c"), x, v, None, 16, about)


def test_the_content_of_the_folder(tmp_path: Path) -> None:
    made = tones()
    folder = write(made, tmp_path / "made", FEATURES)
    names = ["1-1-clip-3-violin-clip.wav", "1-2-clip-3-violin-a-b.wav", "1-3-clip-3-violin-c.wav"]
    assert sorted(path.name for path in folder.iterdir()) == [
        *names,
        "samples.npz",
        "samples.png",
    ]
    for name, hz, frames in zip(names, (440, 880, 1760), (16, 32, 32), strict=True):
        sound, rate_hz = soundfile.read(folder / name)
        assert soundfile.info(folder / name).subtype == "PCM_16"
        assert (rate_hz, len(sound)) == (16_000, (frames - 1) * 256)
        peak_hz = np.abs(np.fft.rfft(sound)).argmax() * rate_hz / len(sound)
        assert peak_hz == pytest.approx(hz, rel=0.06)
    arrays = np.load(folder / "samples.npz")
    np.testing.assert_array_equal(arrays["x"], made.x)
    np.testing.assert_array_equal(arrays["v"], made.v)
    assert "z" not in arrays
    assert tuple(arrays["rows"]) == made.rows
    assert tuple(arrays["columns"]) == made.columns
    assert arrays["observed"] == 16
    assert str(arrays["format"]) == "dsounds samples 1"
    metadata = json.loads(str(arrays["metadata"]))
    assert metadata["seed"] == 3
    assert metadata["features"]["bands"] == 40


def test_the_same_bytes(tmp_path: Path) -> None:
    first, again = (write(tones(), tmp_path / name, FEATURES) for name in ("a", "b"))
    for path in first.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(DsoundsError, match="exists already: choose another --out"):
        write(tones(), tmp_path, FEATURES)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_of_a_large_grid_the_picture_has_the_first_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "MOST_ROWS", 2)
    monkeypatch.setattr(picture, "MOST_COLUMNS", 3)
    sizes = {}
    for rows, columns in ((2, 3), (5, 9)):
        x = np.zeros((rows, columns, 2, 40), np.float32)
        names = (
            tuple(f"{what} {k}" for k in range(n)) for what, n in (("r", rows), ("c", columns))
        )
        draw_grid(Grid("swap", *names, x), tmp_path / "made.png", FEATURES)
        sizes[rows] = imread(tmp_path / "made.png").shape
    assert sizes[2] == sizes[5]


def test_one_long_row_is_drawn_in_lines(tmp_path: Path) -> None:
    x = np.zeros((1, 6, 2, 40), np.float32)
    draw_grid(Grid("unconditional", ("r",), tuple("abcdef"), x), tmp_path / "made.png", FEATURES)
    height, width, _ = imread(tmp_path / "made.png").shape
    assert (width, height) == (110 * (2.0 + 2.4 * 4), 110 * (1.0 + 1.6 * 2))
