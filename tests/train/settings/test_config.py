"""Settings of runs: round trips, presets, formats of config.toml, errors that name the key."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsounds.errors import DsoundsError
from dsounds.settings import NewerFile, differences, field_names, settings, to_table
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.models.dsae.dsae_settings import ModelConfig, ObjectiveConfig
from dsounds.train.models.family import DataShape, Preset
from dsounds.train.models.registry import FAMILIES
from dsounds.train.settings import presets
from dsounds.train.settings.config import RunConfig, TrainingConfig
from dsounds.train.settings.config_file import config_from, config_text, read_config
from dsounds.train.settings.presets import configure, setting_owners

GOLDEN = Path(__file__).parents[2] / "golden" / "format3" / "runs"


def wrapped(table: dict[str, Any]) -> RunConfig:
    return config_from({"format": 2, "family": "ts-dsae"} | table, "here")


@pytest.mark.parametrize(
    ("family", "preset"),
    [(name, preset) for name, row in FAMILIES.rows() for preset in row.presets],
)
def test_a_config_survives_its_file(family: str, preset: str, tmp_path: Path) -> None:
    log_mel = {"bands": 64, "floor": 1e-4}
    config = configure(family, "corpora/demo", preset=preset, seed=7, patience=8, features=log_mel)
    path = tmp_path / "config.toml"
    path.write_text(config_text(config))
    assert read_config(path) == config
    assert path.read_text().startswith("format = 2")


def test_the_presets_are_what_the_paper_and_its_code_say() -> None:
    """Luo et al. 2022, sec. 5.2, number by number."""
    sizes = ModelConfig(
        v_dim=16,
        z_dim=16,
        encoder_hidden=(64, 64),
        decoder_hidden=(64, 64),
        transition_hidden=32,
        transition_layers=2,
        standardise=False,
        local_encoder="factorised",
    )
    paper = ObjectiveConfig(
        scaling="paper",
        reconstruction_weight=1.0,
        kl_z_weight=1.0,
        kl_v_weight=1.0,
        swaps="both",
        global_v_weight=1.0,
        global_z_weight=1.0,
        local_v_weight=1.0,
        local_z_weight=1.0,
        stage1_z="random",
    )
    long = TrainingConfig(
        epochs=4000,
        stage1_epochs=300,
        batch_size=128,
        epoch_clips=0,
        learning_rate=1e-3,
        patience=300,
    )
    found = configure(preset="paper")
    assert (found.model, found.objective, found.training) == (sizes, paper, long)
    assert found.features == LogMelSettings(
        bands=80, window_samples=2048, hop_samples=256, floor=1e-5, sample_rate_hz=16_000
    )
    found = configure(preset="released")
    released = replace(paper, scaling="released")
    assert (found.model, found.objective, found.training) == (sizes, released, long)
    silence = log_mel(np.zeros(4096, np.float32), found.features)
    assert float(silence.max()) == pytest.approx(-36.04, abs=0.01)
    assert found.features.padding == "reflect"  # torchaudio's default, which the authors' code has
    fast = configure()
    assert fast == configure(preset="fast")
    assert fast.model == replace(sizes, standardise=True)
    assert fast.objective == replace(paper, reconstruction_weight=4.0, swaps="one", swap_share=0.25)
    t = fast.training
    assert (t.epochs, t.stage1_epochs, t.batch_size, t.learning_rate) == (25, 10, 32, 3e-3)


def test_stages_begin_at_c() -> None:
    two = configure("ts-dsae", epochs=5, stage1_epochs=2)
    assert [two.stage_at(epoch) for epoch in range(5)] == [0, 0, 1, 1, 1]
    assert [configure("dsae", epochs=20).stage_at(e) for e in (0, 19)] == [0, 0]
    at_once = configure("ts-dsae", epochs=2, stage1_epochs=0)
    assert [at_once.stage_at(epoch) for epoch in range(2)] == [1, 1]


@pytest.mark.parametrize("name", FAMILIES.names)
def test_a_familys_row_is_whole(name: str) -> None:
    row = FAMILIES.load(name)
    parts = {
        key
        for key, _ in row.new_model(row.model(), DataShape(5, 7, 4, {"octave": 3})).named_children()
    }
    assert all(set(stage.frozen) <= parts for stage in row.stages)
    weights = {name for term in row.terms for name in term.weights}
    assert weights <= set(field_names(row.objective))
    assert {"reconstruction_weight", "epochs"} <= setting_owners(row).keys()  # no clash
    assert all(configure(name, preset=preset).family == name for preset in row.presets)
    assert FAMILIES.summary(name)


def test_names_of_settings_must_not_clash(monkeypatch: pytest.MonkeyPatch) -> None:
    @settings
    class Sizes:
        epochs: int = 3

    family = replace(FAMILIES.load("dsae"), model=Sizes)
    monkeypatch.setattr(presets.FAMILIES, "load", lambda _: family)
    with pytest.raises(DsoundsError, match="the setting 'epochs' of the family's training is tak"):
        configure("mine")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {"famly": "dsae"},
            "here was made by a newer dsounds, or edited by hand: this version does not know "
            "['famly'], did you mean 'family'?",
        ),
        ({"family": "ts-dase"}, "here: unknown family 'ts-dase', did you mean 'ts-dsae'?"),
        ({"family": 3}, "here: unknown family '3'"),
        (
            {"model": {"z_dmi": 8}},
            "here: model was made by a newer dsounds, or edited by hand: this version does not "
            "know ['z_dmi'], did you mean 'z_dim'?",
        ),
        ({"model": 3}, "here: model is 3: a table is needed"),
        ({"model": {"z_dim": 0}}, "here: model: z_dim is 0: 1 or more is needed"),
        ({"model": {"z_dim": 8.0}}, "here: model: z_dim is 8.0: an integer is needed"),
        ({"model": {"standardise": "no"}}, "standardise is 'no': true or false is needed"),
        ({"model": {"encoder_hidden": []}}, "encoder_hidden is (): 1 or more are needed"),
        ({"model": {"encoder_hidden": [8, 0]}}, "encoder_hidden[1] is 0: 1 or more is needed"),
        ({"model": {"local_encoder": "x"}}, "unknown local_encoder 'x'"),
        ({"objective": {"swaps": "bth"}}, "swaps is 'bth', did you mean 'both'?: 'one' or 'both'"),
        ({"objective": {"reconstruction_weight": 0.0}}, "more than 0.0 is needed"),
        ({"objective": {"global_v_weight": float("nan")}}, "global_v_weight is nan"),
        ({"training": {"epochs": True}}, "here: training: epochs is True: an integer is needed"),
        ({"training": {"learning_rate": 3}}, "learning_rate is 3: 1.0 or less is needed"),
        ({"training": {"epochs": 10}}, "leaves nothing for the last stage of ts-dsae"),
        ({"training": {"batch_size": 1}}, "batch_size is 1: 2 or more is needed for ts-dsae"),
        ({"features": {"floor": "low"}}, "here: features: floor is 'low': a number is needed"),
        ({"seed": -1}, "here: seed is -1: 0 or more is needed"),
    ],
)
def test_bad_settings_are_refused_by_name(table: dict[str, Any], message: str) -> None:
    with pytest.raises(DsoundsError, match=re.escape(message)):
        wrapped(table)


def test_broken_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("family = ")
    with pytest.raises(DsoundsError, match="not valid TOML"):
        read_config(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"preset": "papr"}, "unknown preset 'papr', did you mean 'paper'?: ts-dsae has fast"),
        ({"zdim": 8}, "unknown setting 'zdim', did you mean 'z_dim'?"),
        ({"batch_size": 0}, "batch_size is 0: 1 or more is needed"),
        ({"epoch_clips": 1}, "epoch_clips is 1: 0, for all, or 2 or more are needed"),
        ({"epoch_clips": -1}, "epoch_clips is -1: 0 or more is needed"),
        ({"schedule": "cosin"}, "schedule is 'cosin', did you mean 'cosine'?: 'constant' or 'cos"),
        ({"warmup_steps": -1}, "warmup_steps is -1: 0 or more is needed"),
        ({"gradient_norm": -1.0}, "gradient_norm is -1.0: 0.0 or more is needed"),
        ({"features": {"flor": 1.0}}, "unknown setting 'flor', did you mean 'floor'?"),
    ],
)
def test_configure_refuses(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DsoundsError, match=re.escape(message)):
        configure(**arguments)


def test_settings_of_another_family_are_refused() -> None:
    with pytest.raises(DsoundsError, match="model is a ObjectiveConfig: ModelConfig, the settings"):
        RunConfig(model=ObjectiveConfig(), objective=ObjectiveConfig())


def test_format_1_is_read(tmp_path: Path) -> None:
    """It has no format, `method` for `family`, and only the changed features."""
    config = configure("dsae-f", "corpora/demo", z_dim=8, features={"floor": 1e-4})
    table = {"method" if key == "family" else key: value for key, value in to_table(config).items()}
    table = table | {"features": {"floor": 1e-4}}
    del table["format"]
    assert config_from(table, "here") == config
    old = read_config(GOLDEN / "stopped" / "config.toml")
    assert (old.family, old.corpus, old.model.z_dim) == ("ts-dsae", "tones", 2)
    assert old.features == LogMelSettings()


@pytest.mark.parametrize("number", [3, 1, 0, "2", True])
def test_other_formats_are_of_a_newer_dsounds(number: object) -> None:
    with pytest.raises(NewerFile, match=r"it has format .*, and this version reads 2, or 1"):
        wrapped({"format": number})


@settings
class Later(ModelConfig):
    """Settings as a later version may have them: with one more, neutral by default."""

    depth: int = 0


def test_a_neutral_setting_more_breaks_no_old_config(monkeypatch: pytest.MonkeyPatch) -> None:
    before = config_from(to_table(configure("dsae", z_dim=8)), "here")
    today = FAMILIES.load
    monkeypatch.setattr(FAMILIES, "load", lambda name: replace(today(name), model=Later))
    for path in GOLDEN.glob("*/config.toml"):
        assert load_run(path.parent).config.model.depth == 0
    after = config_from(to_table(before), "here")
    assert differences(after, configure("dsae", z_dim=8)) == []


def test_differences_name_each_value() -> None:
    a, b = configure(seed=1), configure(seed=2, z_dim=8)
    assert differences(a, b) == ["model.z_dim: 16 there, 8 now", "seed: 1 there, 2 now"]
    assert differences(a.identity(), configure(seed=1, device="auto", threads=2).identity()) == []


def test_how_long_a_run_is_does_not_make_it_another() -> None:
    a, b = configure(epochs=25), configure(epochs=50, patience=7, tensorboard="no")
    assert a.identity() == b.identity()
    assert a.anywhere() != b.anywhere()
    for changes in ({"stage1_epochs": 9}, {"precision": "bf16"}, {"initial": "/runs/a"}):
        assert configure(**changes).identity() != a.identity()


def test_epochs_are_part_of_a_run_under_cosine() -> None:
    short, long = (configure(epochs=epochs, schedule="cosine") for epochs in (25, 50))
    why = "the schedule cosine falls over all epochs, so that they cannot change"
    assert short.differing(long) == [f"training.epochs: 25 there, 50 now: {why}"]
    assert short.differing(configure(epochs=25, schedule="cosine", patience=7)) == []
    assert configure(epochs=25).differing(configure(epochs=50)) == []
    one, other = configure(epochs=25), configure(epochs=50, schedule="cosine", seed=3)
    schedule = "training.schedule: 'constant' there, 'cosine' now"
    assert one.differing(other) == ["seed: 0 there, 3 now", schedule]


def test_a_preset_names_settings_of_training(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"schedule": "cosine", "warmup_steps": 9, "gradient_norm": 50, "z_dim": 5}
    family = replace(FAMILIES.load("dsae"), presets={"own": Preset("one's own", named)})
    monkeypatch.setattr(presets.FAMILIES, "load", lambda _: family)
    found = configure("mine")
    t = found.training
    assert (t.schedule, t.warmup_steps, t.gradient_norm, found.model.z_dim) == ("cosine", 9, 50, 5)
    assert config_from(to_table(found), "here") == found
    changed = configure("mine", schedule="constant", gradient_norm=0.5)
    assert (changed.training.schedule, changed.training.gradient_norm) == ("constant", 0.5)
    assert presets.command_line(changed) == ["--schedule", "constant", "--gradient-norm", "0.5"]


def test_configs_of_earlier_versions_have_the_training_of_then() -> None:
    for path in GOLDEN.glob("*/config.toml"):
        assert "schedule" not in path.read_text()
        t = read_config(path).training
        assert (t.schedule, t.warmup_steps, t.gradient_norm) == ("constant", 0, 0)


def test_a_corpus_with_an_id_is_the_same_in_any_folder() -> None:
    a, b = (configure(corpus=folder, corpus_id="5e3c") for folder in ("c1", "/data/c1"))
    assert a.identity() == b.identity()
    assert configure(corpus="c1").identity() != configure(corpus="c2").identity()
    assert a.identity() != configure(corpus="c1", corpus_id="77aa").identity()


def test_batches_of_one_are_for_families_without_swaps() -> None:
    assert configure("dsae", batch_size=1).training.batch_size == 1
    assert configure("ts-dsae-noreg", batch_size=1).training.batch_size == 1


def test_whole_numbers_in_a_file_may_stand_for_floats() -> None:
    assert wrapped({"objective": {"reconstruction_weight": 4}}) == wrapped({})
    assert wrapped({"model": {"encoder_hidden": [8, 8]}}).model.encoder_hidden == (8, 8)
