"""FLAC: the very samples of the corpus, in the folders of audiofolder."""

import csv
from pathlib import Path

import numpy as np
import soundfile

from dsounds.cli import main
from dsounds.datasets import Corpus


def test_flac_has_every_sample_in_the_folder_of_its_part(
    small: Corpus, small_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert main(["export", str(small_folder), "--format", "flac", "--out", str(out)]) == 0
    for part in ("train", "validation"):
        with open(out / part / "metadata.csv", newline="") as file:
            names = {int(row["clip"]): row["file_name"] for row in csv.DictReader(file)}
        assert list(names) == small.split(part).tolist()
        assert len(list((out / part).glob("*.flac"))) == len(names)
        for clip, name in names.items():
            pcm, rate_hz = soundfile.read(out / part / name, dtype="int16")
            np.testing.assert_array_equal(pcm, small.pcm([clip])[0])
            about = soundfile.info(out / part / name)
            assert (rate_hz, about.format, about.subtype) == (16_000, "FLAC", "PCM_16")
