"""`dsounds sample`: the modes, the files of a run's samples, and one line for what is wrong."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dsounds import cli
from dsounds.datasets import DMelodies, features, generate, open_corpus
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.samples.mode import MODES
from dsounds.train.settings.presets import configure

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of seconds, beside its corpus."""
    folder = tmp_path_factory.mktemp("sampling")
    corpus = open_corpus(generate(DMelodies(count=20), folder / "corpus", progress=False))
    config = configure(
        "dsae",
        str(folder / "corpus"),
        corpus_id=corpus.id,
        epochs=1,
        z_dim=3,
        v_dim=2,
        threads=1,
    )
    return train_on_corpus(config, folder / "run")


def test_predict_from_end_to_end(
    capsys: pytest.CaptureFixture[str], run: Path, tmp_path: Path
) -> None:
    command = ["sample", str(run), "--mode", "predict", "--observe", "200", "--clips", "17"]
    command += ["--count", "1", "--seed", "5"]
    for name in ("a", "b"):
        assert cli.main([*command, "--out", str(tmp_path / name)]) == 0
    assert f"1 x 3 sequences: {tmp_path / 'b'}" in capsys.readouterr().out
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 3 + 2
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    arrays = np.load(tmp_path / "a" / "samples.npz")
    x = features(open_corpus(run.parent / "corpus"))[[17]]
    np.testing.assert_array_equal(arrays["x"][:, 0], x)
    assert arrays["x"].shape == (1, 3, 251, 80)
    assert arrays["observed"] == 200
    assert arrays["rows"][0].startswith("clip 17, instrument ")
    about = json.loads(str(arrays["metadata"]))
    assert about["clips"] == [17]
    assert (about["model"], about["mode"], about["observe"]) == ("dsae", "predict", 200)
    sound, rate_hz = soundfile.read(tmp_path / "a" / next(f for f in files if f.endswith(".wav")))
    assert (rate_hz, len(sound)) == (16_000, 64_000)


def test_clips_of_validation_where_none_are_given(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    command = ["sample", str(run), "--mode", "reconstruct", "--count", "1", "--out", str(out)]
    assert cli.main(command) == 0
    clips = json.loads(str(np.load(out / "samples.npz")["metadata"]))["clips"]
    assert len(clips) == 1
    assert set(clips) <= set(open_corpus(run.parent / "corpus").split("validation").tolist())


def test_without_a_mode_the_modes_are_listed_as_in_the_guide(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["sample"]) == 0
    lines = capsys.readouterr().out.splitlines()
    guide = (ROOT / "docs" / "guide.md").read_text()
    for name in MODES.names:
        assert any(line.split()[:1] == [name] and MODES.summary(name) in line for line in lines)
        assert f"| `{name}` | " in guide


def test_help_shows_the_settings_of_the_mode(capsys: pytest.CaptureFixture[str]) -> None:
    for mode, option, shown in (
        ("traverse", "--dims", True),
        ("predict", "--observe", True),
        ("swap", "--observe", False),
    ):
        with pytest.raises(SystemExit, match="0"):
            cli.main(["sample", "run", "--mode", mode, "--help"])
        assert (option in capsys.readouterr().out) == shown


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--mode", "predcit"), "unknown mode 'predcit', did you mean 'predict'?"),
        (("--mode", "predict", "--clips", "3,20"), "there is no clip 20: 0 to 19 exist"),
        (("--mode", "predict", "--clips", "3, 20"), "there is no clip 20: 0 to 19 exist"),
        (("--mode", "predict", "--clips", "3;4"), "clips is '3;4': numbers with commas"),
        (("--mode", "unconditional", "--clips", "3"), "draws from the priors: give no clips"),
        (("--mode", "unconditional", "--frames", "0"), "frames is 0: 1 or more is needed"),
        (("--mode", "swap", "--clips", "3"), "mode swap needs 2 clips or more, got 1"),
        (
            ("--mode", "swap", "--seed", "-1"),
            "seed is -1: 0 to 9,223,372,036,854,775,807 is needed",
        ),
        (("--mode", "swap", "--count", "0"), "count is 0: 1 or more is needed"),
        (("--mode", "predict", "--observe", "251"), "observe is 251: the clips have 251 frames"),
        (("--mode", "traverse", "--dims", "2"), "v has no dimension 2: 0 to 1 exist"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str],
    run: Path,
    tmp_path: Path,
    options: tuple[str, ...],
    says: str,
) -> None:
    assert cli.main(["sample", str(run), "--out", str(tmp_path / "made"), *options]) == 2
    error = capsys.readouterr().err.strip()
    assert says in error
    assert "\n" not in error
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(
    capsys: pytest.CaptureFixture[str], run: Path, tmp_path: Path
) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    assert cli.main(["sample", str(run), "--mode", "swap", "--out", str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
