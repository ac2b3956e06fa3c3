"""Settings of recipes: what has another type, or is no number, is refused in one line."""

from pathlib import Path
from typing import Any

import pytest

from dsounds import cli
from dsounds.datasets import DMelodies, FrameGrid, PairRecipe, Sinusoids, load_recipe
from dsounds.datasets.importing import ImportSettings
from dsounds.errors import DsoundsError
from dsounds.synth.features import LogMelSettings

WRONG = [
    ("crossfade = 'false'", "crossfade is 'false': true or false is needed"),
    ("crossfade = 1", "crossfade is 1: true or false is needed"),
    ("hold_out = [1]", "hold_out[0] is 1: text is needed"),
    ("hold_out = 'octave=4'", "hold_out is 'octave=4': a list is needed"),
    ("soundfont = 1", "soundfont is 1: text is needed"),
    ("count = 1979-05-27", "count is datetime.date(1979, 5, 27): an integer is needed"),
    ("tempos = [07:32:00]", "tempos[0] is datetime.time(7, 32): a number is needed"),
    ("count = true", "count is True: an integer is needed"),
    ("count = 2.0", "count is 2.0: an integer is needed"),
    ("validation = true", "validation is True: a number is needed"),
    ("validation = nan", "validation is nan: a finite number is needed"),
    ("levels = [nan]", "levels[0] is nan: a finite number is needed"),
    ("levels = [-inf]", "levels[0] is -inf: a finite number is needed"),
    ("tempos = ['120']", "tempos[0] is '120': a number is needed"),
    ("tempos = []", "tempos is (): 1 or more are needed"),
    ("velocities = [100.0]", "velocities[0] is 100.0: an integer is needed"),
    ("octaves = ['4']", "octaves[0] is '4': an integer is needed"),
    ("octaves = [[4]]", "octaves[0] is"),
    ("instruments = [true]", "instruments[0] is True: text is needed"),
    ("sampling = 'melody'", "sampling is 'melody', did you mean 'melodies'?"),
    ("sampling = ['all']", "sampling is"),
    ("[count]\nclips = 3", "count is {'clips': 3}: an integer is needed"),
    ("velocities = [0]", "0 of velocities is not allowed: 1 to 127 (MIDI velocity) are"),
    ("tempos = [19]", "19 of tempos is not allowed: 20 to 400 (beats a minute) are"),
]


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_wrong_values_in_a_file(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(f'kind = "dmelodies"\n{text}\n')
    with pytest.raises(DsoundsError) as error:
        load_recipe(path)
    assert says in str(error.value)
    assert str(path) in str(error.value)
    assert cli.main(["generate", str(path), "--out", str(tmp_path / "c")]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("dsounds: ")
    assert printed.count("\n") == 1
    assert says in printed
    assert list(tmp_path.iterdir()) == [path]


def test_a_kind_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text("kind = ['dmelodies']")
    with pytest.raises(DsoundsError, match=r"own.toml: unknown kind of corpus \['dmelodies'\]"):
        load_recipe(path)


@pytest.mark.parametrize(
    ("cls", "settings", "says"),
    [
        (DMelodies, {"seed": True}, "seed is True: an integer"),
        (DMelodies, {"octave": (4,)}, "did you mean 'octaves'"),
        (DMelodies, {"octaves": [4]}, r"octaves is \[4\]: a tuple is needed"),
        (Sinusoids, {"pitches": ("60",)}, r"pitches\[0\] is '60': an integer"),
        (Sinusoids, {"seconds": "1"}, "seconds is '1': a number"),
        (FrameGrid, {"hop_samples": 0}, "hop_samples is 0: 1 or more"),
        (FrameGrid, {"centred": "no"}, "centred is 'no': true or false"),
        (LogMelSettings, {"bands": 80.0}, "bands is 80.0: an integer"),
        (LogMelSettings, {"floor": 0}, "floor is 0: more than 0"),
        (ImportSettings, {"seconds": "4"}, "seconds is '4': a number"),
        (ImportSettings, {"confidence": float("nan")}, "confidence is nan: a finite number"),
        (PairRecipe, {"tests": True}, "tests is True: an integer"),
        (PairRecipe, {"labelled": float("inf")}, "labelled is inf: a finite number"),
    ],
)
def test_wrong_values_in_python(cls: Any, settings: dict, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        cls(**settings)


def test_programs_by_number(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('kind = "dmelodies"\ninstruments = [40, "trumpet"]')
    assert load_recipe(path).space == DMelodies().space


def test_an_integer_stays_one_and_makes_the_same_recipe() -> None:
    """Tables of factors in stored shards have the numbers as they were given."""
    whole, real = (DMelodies(levels=levels) for levels in ((-6, 0), (-6.0, 0.0)))
    assert [type(value) for value in whole.space.factor("level").values] == [int, int]
    assert whole == real
    assert repr(whole.canonical()) == repr(real.canonical())


def test_help_has_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["generate", "dmelodies", "--help"])
    printed = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "--octaves [INT [INT ...]] octaves of the tonic: 4, 5, 6" in printed
    assert "--attacks [FLOAT [FLOAT ...]] attack time, in time cents" in printed
    assert "--crossfade {True,False} the sound moves from one instrument" in printed


def test_settings_on_the_command_line(tmp_path: Path) -> None:
    from dsounds.datasets import open_corpus

    command = ["generate", "dmelodies", "--octaves", "4", "5", "--instruments", "flute"]
    folder = tmp_path / "c"
    assert cli.main([*command, "nylon guitar", "--count", "2", "--out", str(folder)]) == 0
    space = open_corpus(folder).space
    assert space.factor("octave").names == ("4", "5")
    assert space.factor("instrument").names == ("acoustic guitar (nylon)", "flute")
