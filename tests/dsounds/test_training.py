"""`dsounds train`: settings of the family that is named as flags, and flags that give a config."""

import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dsounds import cli
from dsounds.settings import field_names
from dsounds.synth.features import LogMelSettings
from dsounds.train.fitting import run as runs
from dsounds.train.models.registry import FAMILIES
from dsounds.train.settings.config import RunConfig
from dsounds.train.settings.presets import DSAE_PRESETS, command_line, configure, setting_owners

CONFIGS: list[tuple[str, dict[str, Any], list[str]]] = [
    *((name, {"preset": preset}, []) for name, row in FAMILIES.rows() for preset in row.presets),
    ("ts-dsae", {"z_dim": 8}, ["--z-dim", "8"]),
    ("dsae", {"encoder_hidden": (32, 16, 8)}, ["--encoder-hidden", "32", "16", "8"]),
    ("dsae", {"standardise": False}, ["--standardise", "False"]),
    ("dsae", {"global_hidden": (9,), "pooling": "mean-deviation"}, ["--global-hidden", "9"]),
    ("dsae", {"decoder_offsets": (-2, 0, 1)}, ["--decoder-offsets", "-2", "0", "1"]),
    ("ts-dsae", {"stage1_z": "zero", "global_v_weight": 0.1, "seed": 3, "split": "held-out"}, []),
    ("ts-dsae", {"preset": "paper", "learning_rate": 1e-7, "epochs": 301}, []),
    ("dsae", {"features": {"bands": 64, "floor": 1e-6}}, ["--features.bands", "64"]),
    ("ts-dsae", {"schedule": "cosine", "warmup_steps": 9}, ["--schedule", "cosine"]),
    ("dsae", {"gradient_norm": 50.0}, ["--gradient-norm", "50.0"]),
    ("dsae", {"device": "auto", "threads": 2}, ["--device", "auto", "--threads", "2"]),
]


def parsed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> RunConfig:
    """Return the config that the command would train."""
    found = []

    def keep(config: RunConfig, out: Path) -> Path:
        found.append(config)
        return out

    with monkeypatch.context() as patch:
        patch.setattr(runs, "train_on_corpus", keep)
        assert cli.main(["train", *arguments]) == 0
    return found[0]


@pytest.mark.parametrize(("family", "changes", "flags"), CONFIGS)
def test_the_command_line_of_a_config_gives_the_config(
    monkeypatch: pytest.MonkeyPatch,
    small_folder: Path,
    family: str,
    changes: dict[str, Any],
    flags: list[str],
) -> None:
    config, corpus = configure(family, **{"split": "melody"} | changes), str(small_folder)
    line = command_line(config)
    assert " ".join(flags) in " ".join(line)
    found = parsed(monkeypatch, family, "--corpus", corpus, *line)
    assert found.corpus_id
    assert replace(found, corpus="", corpus_id="") == config


@pytest.mark.parametrize("preset", DSAE_PRESETS)
def test_the_nearest_preset_is_taken(preset: str) -> None:
    expected = [] if preset == "fast" else ["--preset", preset]
    assert command_line(configure("dsae", preset=preset)) == expected
    near = command_line(configure("dsae", preset=preset, z_dim=8))
    assert near == [*expected, "--z-dim", "8"]


@pytest.mark.parametrize("family", FAMILIES.names)
def test_help_shows_every_setting(capsys: pytest.CaptureFixture[str], family: str) -> None:
    with pytest.raises(SystemExit, match="0"):
        cli.main(["train", family, "--help"])
    printed = capsys.readouterr().out
    for name in setting_owners(FAMILIES.load(family)):
        assert f"--{name.replace('_', '-')} " in printed
    for name in field_names(LogMelSettings):
        assert f"--features.{name.replace('_', '-')} " in printed
    assert f"(default: {configure(family).training.epochs})" in printed


def test_help_has_the_defaults_of_the_preset(capsys: pytest.CaptureFixture[str]) -> None:
    for option in (["--preset", "paper"], ["--preset=paper"]):
        with pytest.raises(SystemExit, match="0"):
            cli.main(["train", "ts-dsae", *option, "--help"])
        assert "(default: 4000)" in capsys.readouterr().out


def test_without_a_family_the_families_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in FAMILIES.names:
        assert any(line.startswith(f"{name} ") and len(line) > 30 for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seed", "3", "dsae"), "got --seed for a family: dsounds train FAMILY comes first"),
        (("ts-dase",), "unknown family 'ts-dase', did you mean 'ts-dsae'?"),
        (("dsae", "--preset", "papr"), "unknown preset 'papr', did you mean 'paper'?"),
        (("dsae", "--learning-rate", "3"), "learning_rate is 3.0: 1.0 or less is needed"),
        (("dsae", "--features.bands", "0"), "bands is 0: 1 or more is needed"),
        (("nowhere:FAMILY",), "family 'nowhere:FAMILY' cannot be imported"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert cli.main(["train", *arguments, "--corpus", "tiny"]) == 2
    error = capsys.readouterr().err.strip()
    assert message in error
    assert "\n" not in error


def test_the_list_of_families_needs_no_torch() -> None:
    code = (
        "import sys; from dsounds.cli import main; main(['train']); "
        "sys.exit('torch' in sys.modules or 'lightning' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--seed 0 1 2", "several values of seed are given.*sweep ts-dsae.*--seeds 0,1,2$"),
        ("--seed=0,1 --z-dim 8 16", "of seed and z_dim are.*--seeds 0,1 --set z_dim=8,16$"),
        ("--features.bands 40 80", "--set features.bands=40,80$"),
        (
            "--encoder-hidden 9 9 --local-encoder full factorised --split melody",
            "of local_encoder are.* --split melody --set 'encoder_hidden=9 9' "
            "--set local_encoder=full,factorised$",
        ),
    ],
)
def test_several_values_of_a_run_are_a_sweep(
    options: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["train", "ts-dsae", "--corpus", "c", "--out", "runs/a b", *options.split()]
    assert cli.main(command) == 2
    said = capsys.readouterr().err.strip()
    assert re.search(says, said)
    assert "--corpus c --out 'runs/a b' " in said
    # what is said is a command of a sweep, up to the corpus that is not there
    assert cli.main(shlex.split(said.partition(": dsounds ")[2])) == 2
    assert "c is neither the folder of a corpus nor a recipe" in capsys.readouterr().err
