"""The command line: what it prints, and one clear line with exit code 2 for bad input."""

import re
import resource
import shutil
import subprocess
import sys
from importlib.metadata import version
from io import BytesIO, TextIOWrapper
from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds import cli
from dsounds.datasets import features, open_corpus
from dsounds.datasets.recipes.registry import KINDS
from dsounds.soundfonts import MUSESCORE_GENERAL, find_font
from dsounds.train.fitting import memory, trainer


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def fails(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line that a bad command prints."""
    code, _, error = run(capsys, *arguments)
    lines = [line for line in error.splitlines() if line.startswith("dsounds: ")]
    assert code == 2
    assert len(lines) == 1
    assert "Traceback" not in error
    assert error.rstrip().splitlines()[-1] == lines[0]
    return lines[0]


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        cli.main(["--help"])
    assert stop.value.code == 0
    printed = capsys.readouterr().out
    assert all(command in printed for command in cli.COMMANDS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"dsounds {version('dsounds')}\n", "")


@pytest.mark.parametrize(
    "command",
    [
        *([name] for name in cli.COMMANDS),
        ["generate", "tiny"],
        ["train", "dsae"],
        ["import", "--preset", "nsynth"],
        ["sample", "run", "--mode", "traverse"],
    ],
    ids=" ".join,
)
def test_help_tells_one_default(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main([*command, "--help"])
    printed = " ".join(capsys.readouterr().out.replace("│", " ").split())
    options = re.split(r" (?=--?[a-z]|\[)", printed)
    assert len(options) > 1
    assert max(option.count("(default") for option in options) <= 1
    untold = [one for one in options if "(default: None)" in one and "{None}|" not in one]
    assert not untold  # None is told only where it is a value that may be given


def test_generate_inspect_verify(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "c"
    code, out, _ = run(capsys, "generate", "dmelodies", "--count", 10, "--out", folder)
    assert code == 0
    assert "10 clips" in out
    code, out, _ = run(capsys, "inspect", folder, "--clips", 2)
    assert code == 0
    assert "violin 5, trumpet 5" in out
    assert (tmp_path / "c.png").stat().st_size > 10_000
    code, out, _ = run(capsys, "verify", folder, "--sample", 4)
    assert code == 0
    assert out.endswith("\n\nsound\n")
    assert run(capsys, "verify", folder, "--sample", 0)[1].endswith(
        "sound, but not measured: " + ", ".join(open_corpus(folder).space.names) + "\n"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_takes_settings_beside_its_defaults(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str
) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["generate", kind, "--help"])
    assert "--sampling" in capsys.readouterr().out
    run(capsys, "generate", kind, "--count", 2, "--out", tmp_path / "c")
    assert len(open_corpus(tmp_path / "c")) == 2


def test_sinusoids_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    command = ("generate", "sinusoids", "--pitches", 60, 62, 64, "--levels", -15, -21, "--seconds")
    code, out, err = run(capsys, *command, 0.5, "--out", tmp_path / "c")
    assert code == 0, err
    assert "6 clips in" in out  # all, as no number was given
    lines = [
        line.split() for line in run(capsys, "verify", tmp_path / "c", "--tables")[1].splitlines()
    ]
    assert ["level", "2", "100.0%"] in lines
    place = lines.index(["pitch", "60", "62", "64", "none"])
    assert lines[place + 1 : place + 4] == [
        ["60", "2", ".", ".", "."],
        ["62", ".", "2", ".", "."],
        ["64", ".", ".", "2", "."],
    ]


def test_verify_names_the_damaged_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "c"
    run(capsys, "generate", "dmelodies", "--count", 4, "--out", folder)
    with open(folder / "shard-00000.h5", "r+b") as file:
        file.seek(100_000)
        file.write(b"!")
    assert "shard-00000.h5 is damaged" in fails(capsys, "verify", folder)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--instruments", "vioolin"), "did you mean 'violin'"),
        (("--instruments", "200"), "program 200 is out of range: 0 to 127"),
        (("--octaves", 9), "octave has no value '9': 4, 5, 6 are allowed"),
        (("--count", 20_000), "space has only 14,112"),
        (("--count", 0), "count is 0: 1 or more"),
        (("--count", 60, "--sampling", "all"), "takes all 14,112 clips of the space"),
        (("--soundfont", "musescore"), "did you mean 'musescore-general'"),
        (("--soundfont", "nowhere.sf2"), "nowhere.sf2 does not exist"),
        (("--soundfont", __file__), "unknown SoundFont"),
        (("--instruments", "contrabass", "--octaves", 6), "preset 43 (contrabass)"),
        (("--workers", 0), "at least 1"),
    ],
)
def test_bad_recipes(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: tuple, says: str
) -> None:
    command = ("generate", "dmelodies", "--out", tmp_path / "c", *options)
    if "--count" not in options:
        command += ("--count", 4)
    assert says in fails(capsys, *command)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_soundfont(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    wrong = tmp_path / "font.sf2"
    wrong.write_bytes(b"RIFF not really")
    command = ("generate", "dmelodies", "--count", 4, "--soundfont", wrong, "--out", tmp_path / "c")
    assert "not a SoundFont that FluidSynth can load" in fails(capsys, *command)


def test_a_missing_soundfont(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DSOUNDS_SOUNDFONT", str(tmp_path / "gone.sf3"))
    command = ("generate", "dmelodies", "--count", 4, "--out", tmp_path / "c")
    assert "musescore-general was not found" in fails(capsys, *command)


def test_a_wrong_soundfont(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "MuseScore_General.sf3"
    other.write_bytes(find_font().read_bytes() + b"x")
    monkeypatch.setenv("DSOUNDS_SOUNDFONT", str(other))
    command = ("generate", "dmelodies", "--count", 4, "--out", tmp_path / "c")
    assert MUSESCORE_GENERAL.sha256[:12] in fails(capsys, *command)


@pytest.mark.process
def test_no_libfluidsynth(tmp_path: Path) -> None:
    # A fluidsynth.py that fails as pyfluidsynth's does where the library is missing.
    (tmp_path / "fluidsynth.py").write_text("raise ImportError('no libfluidsynth here')\n")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r});"
        "from dsounds.cli import main; assert main(['doctor']) == 2;"
        "print('--', file=sys.stderr); sys.exit(main(sys.argv[1:]))"
    )
    command = ["generate", "dmelodies", "--out", str(tmp_path / "c")]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
    assert done.returncode == 2
    for said in done.stderr.split("--\n"):
        assert "Traceback" not in said
        assert "libfluidsynth was not found" in said.splitlines()[-1]
        assert "apt-get install libfluidsynth3" in said
    assert not (tmp_path / "c").exists()


def test_doctor_hears_its_note(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "doctor")
    assert code == 0
    assert "violin A4" in out
    assert f"{MUSESCORE_GENERAL.sha256} (as known)" in out
    assert "!!" not in out


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("inspect", "nowhere"), "nowhere is neither the folder of a corpus nor a recipe"),
        (("verify", "nowhere"), "nowhere holds no corpus: there is no such folder"),
        (("verify", "nowhere", "--sample", -1), "sample is -1"),
        (("train", "ts-dsae", "--corpus", "tinny"), "recipe, did you mean 'tiny'?"),
        (("evaluate", "nowhere"), "nowhere"),
        (("report", "nowhere"), "nowhere"),
    ],
)
def test_folders_that_are_not_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch, command: tuple, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert says in fails(capsys, *command)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def own(small_folder: Path, tmp_path: Path) -> Path:
    """A copy of the small corpus, as training writes features into it."""
    return Path(shutil.copytree(small_folder, tmp_path / "own"))


def test_train_and_evaluate(capsys: pytest.CaptureFixture[str], own: Path, tmp_path: Path) -> None:
    run_folder = tmp_path / "run"
    command = ("train", "ts-dsae", "--corpus", own, "--out", run_folder)
    options = ("--epochs", 3, "--stage1-epochs", 1, "--z-dim", 4)
    assert run(capsys, *command, *options)[0] == 0
    code, out, _ = run(capsys, "evaluate", run_folder)
    assert code == 0
    assert "instrument" in out
    assert "octave" in out
    assert (run_folder / "scores.json").exists()
    assert run(capsys, *command, *options)[0] == 0  # finished already
    assert "another config" in fails(capsys, *command, *options, "--seed", 1)
    assert "z_dim is 0: 1 or more is needed" in fails(capsys, *command, "--z-dim", 0)


def test_a_run_with_a_foreign_or_damaged_checkpoint(
    capsys: pytest.CaptureFixture[str], own: Path, tmp_path: Path
) -> None:
    for name, z_dim in (("a", 4), ("b", 5)):
        command = ("train", "dsae", "--corpus", own, "--out", tmp_path / name)
        run(capsys, *command, "--epochs", 1, "--z-dim", z_dim)
    foreign = (tmp_path / "b" / "best.ckpt").read_bytes()
    (tmp_path / "a" / "best.ckpt").write_bytes(foreign)
    assert "best.ckpt" in fails(capsys, "evaluate", tmp_path / "a")
    (tmp_path / "a" / "best.ckpt").write_bytes(foreign[:1000])
    assert "best.ckpt" in fails(capsys, "evaluate", tmp_path / "a")
    for path in (tmp_path / "a").glob("*.ckpt"):
        path.unlink()
    assert "checkpoint" in fails(capsys, "evaluate", tmp_path / "a")


def test_a_full_disk_while_training(
    capsys: pytest.CaptureFixture[str], own: Path, tmp_path: Path
) -> None:
    features(open_corpus(own))
    command = ("train", "dsae", "--corpus", own, "--out", tmp_path / "r", "--epochs", 2)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))  # writing fails midway
    try:
        assert "cannot write" in fails(capsys, *command)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list((tmp_path / "r").glob("*.part"))
    assert run(capsys, *command)[0] == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('crossfade = "false"', "crossfade is 'false': true or false is needed"),
        ("crossfade = 1", "crossfade is 1: true or false is needed"),
        ("hold_out = [1]", "hold_out[0] is 1: text is needed"),
        ("extrapolate = [true]", "extrapolate[0] is True: text is needed"),
        ("seed = 1979-05-27", "seed is datetime.date(1979, 5, 27): an integer is needed"),
        ("soundfont = 1", "soundfont is 1: text is needed"),
        ("soundfont = {a = 1}", "soundfont is {'a': 1}: text is needed"),
        ('soundfont = "a\\u0000.sf2"', "soundfont is 'a\\x00.sf2': it has a null byte"),
        ("seed = 99999999999999999999", "seed is 99999999999999999999: integers up to"),
        ("seed = 0x" + "f" * 5000, "seed is a very large int: integers up to"),
        ("seed = " + "9" * 5000, "is not valid TOML"),
        ("hold_out = " + "[" * 3000 + "]" * 3000, "is not valid TOML"),
        ("tempos = [nan]", "tempos[0] is nan: a finite number is needed"),
        ("[a]", "unknown setting 'a'"),
    ],
)
def test_wrong_types_in_a_recipe(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, says: str
) -> None:
    recipe = tmp_path / "r.toml"
    recipe.write_text(f'kind = "dmelodies"\n{text}\n')
    line = fails(capsys, "generate", recipe, "--out", tmp_path / "c")
    assert line.startswith(f"dsounds: {recipe}")
    assert says in line
    assert list(tmp_path.iterdir()) == [recipe]


LONG = "9" * 5000


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("evaluate", "r", "--seed", 99999999999999999999), "--seed is 99999999999999999999"),
        (("evaluate", "--codes", "x.npy", "--factors", "x.npy", "--seed", -1), "seed is -1: 0 to"),
        (("selftest", "--seed", -1), "seed is -1: 0 to"),
        (("selftest", "--codes", 10**12), "1,000,000,000,000 codes of 16 dimensions"),
        (("export", "c", "--format", "wav", "--out", "x", "--clips", f"0:{LONG}"), "are not in"),
        (("generate", "tiny", "--out", "x", "--shards", f"5:{LONG}"), "no shard is in 5:9"),
        (("generate", "dmelodies", "--instruments", LONG, "--out", "x"), "is out of range: 0 to"),
        (
            ("sweep", "dsae", "--corpus", "c", "--out", "x", "--seeds", f"1,{LONG}"),
            "18 digits at most",
        ),
        (("inspect", "c", "--clips", 10**30), "--clips is 1000000000000000000000000000000"),
        (("generate", "tiny", "--out", "h" * 256), "File name too long"),
        (("inspect", "h" * 256), "File name too long"),
        (("export", "c", "--format", "npz", "--out", "h/" * 2100), "File name too long"),
        (("train", "dsae", "--corpus", "c", "--out", "h" * 256), "File name too long"),
        (("inspect", "c", "--png", "h" * 300), "File name too long"),
        (("inspect", "a\0b"), "it has a null byte"),
        (("inspect", "c", "--png", "c/corpus.json/x.png"), "Not a directory"),
        (
            ("train", "dsae", "--corpus", "c", "--out", "x", "--z-dim", 1_000_000),
            "z_dim is 1000000",
        ),
    ],
)
def test_values_that_are_too_large(
    capsys: pytest.CaptureFixture[str],
    own: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple,
    says: str,
) -> None:
    own.rename(own.parent / "c")
    monkeypatch.chdir(own.parent)
    np.save("x.npy", np.arange(100.0).reshape(50, 2))
    before = set(own.parent.rglob("*"))
    assert says in fails(capsys, *command)
    assert set(own.parent.rglob("*")) == before


def test_a_model_that_no_memory_holds_leaves_no_folder(
    capsys: pytest.CaptureFixture[str], own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("train", "dsae", "--corpus", own, "--out", tmp_path / "r", "--epochs", 1)
    sizes = ("--encoder-hidden", 100_000, 100_000)
    monkeypatch.setattr(memory, "memory_bytes", lambda: 10**10)
    assert "GB or more for weights and codes of 32 clips" in fails(capsys, *command, *sizes)
    assert "GB or more" in fails(capsys, *command, "--z-dim", 100_000, "--encoder-hidden", 64)
    assert not (tmp_path / "r").exists()


def test_memory_that_an_allocator_does_not_find(
    capsys: pytest.CaptureFixture[str], own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("train", "dsae", "--corpus", own, "--out", tmp_path / "r", "--epochs", 1)

    def fit(*values: object) -> None:
        torch.empty(2**60)

    with monkeypatch.context() as patched:
        patched.setattr(trainer, "fit", fit)
        assert "not enough memory, give smaller sizes" in fails(capsys, *command)
    assert run(capsys, *command, "--z-dim", 2)[0] == 0  # what is left there refuses no other sizes


def test_a_config_that_is_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "r" / "config.toml").mkdir(parents=True)
    for command in (("evaluate", tmp_path / "r"), ("report", tmp_path / "r")):
        fails(capsys, *command)
    command = ("train", "dsae", "--corpus", "tiny", "--out", tmp_path / "r")
    assert "config.toml cannot be read: Is a directory" in fails(capsys, *command)


def test_faults_of_the_program_keep_their_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("a fault")

    monkeypatch.setitem(cli.COMMANDS, "recipes", broken)
    with pytest.raises(RuntimeError, match="a fault"):
        cli.main(["recipes"])


@pytest.mark.parametrize(
    ("arguments", "code"), [(["inspect", "p\xe4th"], 2), (["--help"], 0), (["recipes", "-h"], 0)]
)
def test_a_console_that_is_not_utf8(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int
) -> None:
    streams = {name: TextIOWrapper(BytesIO(), "ascii") for name in ("stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    if code:
        assert cli.main(arguments) == code
    else:
        with pytest.raises(SystemExit, match="0"):
            cli.main(arguments)
    for stream in streams.values():
        stream.flush()
        assert stream.errors == "strict"  # as it was
    if code:
        said = streams["stderr"].buffer.getvalue()  # type: ignore[attr-defined]
        assert said.startswith(b"dsounds: p\\xe4th is neither")


@pytest.mark.parametrize("command", ["train dsae", "export", "import", "sample run", "evaluate"])
def test_a_command_without_what_it_needs(capsys: pytest.CaptureFixture[str], command: str) -> None:
    try:
        code: object = cli.main(command.split())
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert "Traceback" not in capsys.readouterr().err
