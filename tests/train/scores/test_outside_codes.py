"""Codes and factors of others, from files, scored by one command."""

from pathlib import Path

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.train.scores.codes.estimators import CORRECTED
from dsounds.train.scores.codes.mig import mig
from dsounds.train.scores.outside_codes import read_codes, read_factors, score_codes

RNG = np.random.default_rng(0)
FACTORS = {"octave": RNG.integers(0, 3, 400), "scale": RNG.integers(0, 2, 400)}
CODES = np.stack(list(FACTORS.values()), axis=1) + 0.2 * RNG.normal(size=(400, 2))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    np.savez(tmp_path / "codes.npz", CODES)
    np.savez(tmp_path / "factors.npz", **FACTORS, tonic=np.zeros(400, int))
    return tmp_path


def evaluate(
    folder: Path, *more: str, codes: str = "codes.npz", factors: str = "factors.npz"
) -> int:
    given = ["--codes", str(folder / codes), "--factors", str(folder / factors)]
    return main(["evaluate", *given, "--scores", "mig", *more])


def test_the_table_has_the_score_its_corrected_one_its_interval_and_its_floor(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate(files) == 0
    out = capsys.readouterr().out
    expected = mig(CODES, FACTORS, permutations=20, bootstraps=50)
    less = mig(CODES, FACTORS, estimator=CORRECTED)
    assert less.value != expected.value
    ends = (*expected.interval, expected.floor, expected.floor_high)
    numbers = (expected.value, less.value, *ends)
    line = next(line for line in out.splitlines() if line.startswith("mig "))
    assert line.split()[1:] == [f"{one:.3f}" for one in numbers]
    octave = [f"{one.factors['octave']:.3f}" for one in (expected, less)]
    assert ["octave", *octave] in [line.split() for line in out.splitlines()]
    assert max(map(len, out.splitlines())) < 110
    assert "note: mig, tonic: left out, as it is constant" in out


def test_files_with_and_without_names(tmp_path: Path) -> None:
    table = np.stack(list(FACTORS.values()), axis=1)
    np.save(tmp_path / "codes.npy", CODES)
    np.savez(tmp_path / "several.npz", codes=CODES, other=table)
    np.save(tmp_path / "factors.npy", table)
    assert (read_codes(tmp_path / "codes.npy") == CODES).all()
    assert (read_codes(tmp_path / "several.npz") == CODES).all()
    found = score_codes(CODES, read_factors(tmp_path / "factors.npy"), scores=["mig"])
    named = score_codes(CODES, FACTORS, scores=["mig"])
    assert found.scores["mig"].value == named.scores["mig"].value
    assert list(found.scores["mig"].factors) == ["factor_0", "factor_1"]
    assert named.plain()["mig/octave"] == named.scores["mig"].factors["octave"]
    assert named.plain()["mig_corrected"] == named.corrected["mig"].value


def test_a_score_without_a_corrected_figure_has_a_dash_for_it() -> None:
    found = score_codes(CODES, FACTORS, scores=["scc"], kinds={"octave": "ordinal"})
    assert not found.corrected
    line = next(line for line in found.table().splitlines() if line.startswith("scc "))
    assert line.split()[2] == "-"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"no array", "holds no arrays of numbers or texts"),
        (b"", "holds no arrays of numbers or texts"),
        (None, "cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_read(
    files: Path, content: bytes | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "codes.npz").unlink()
    if content is not None:
        (files / "codes.npz").write_bytes(content)
    assert evaluate(files) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("codes", "says"),
    [
        (CODES[:100], "factor octave has the shape (400,), but there are 100 codes"),
        (CODES[:, 0], "codes have the shape (400,)"),
        (np.full_like(CODES, np.nan), "800 of 800 numbers are nan or infinite"),
        (CODES[:1], "at least 2 samples: got 1"),
        (CODES[:, :0], "codes have no dimensions"),
        (CODES.astype("U8"), ""),
        (np.full((400, 2), "x"), "codes are no numbers"),
    ],
)
def test_codes_that_cannot_be_scored(
    files: Path, codes: np.ndarray, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(files / "codes.npz", codes)
    assert evaluate(files) == (2 if says else 0)
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--kinds", "octave"], "FACTOR=KIND is needed"),
        (["--kinds", "octave=many"], "has the kind 'many': categorical, ordinal, continuous"),
        (["--kinds", "octav=ordinal"], "kinds has octav, which are no factors"),
        (["runs/demo"], "one of them is needed"),
        (["--png"], "--png draws the scores of a run"),
    ],
)
def test_options_that_do_not_fit(
    files: Path, more: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [*more, "--codes", str(files / "codes.npz"), "--factors", str(files / "factors.npz")]
    assert main(["evaluate", *given]) == 2
    assert says in capsys.readouterr().err
