"""Settings, recipes and methods: round trips, and errors that name the key."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
import tomli_w

from dsounds.errors import DsoundsError
from dsounds.settings import differences, from_table, read_toml, to_table
from dsounds.synth.features import LogMelSettings, log_mel
from dsounds.train.models.autoencoder import PIECES
from dsounds.train.models.methods import METHODS
from dsounds.train.settings.config import ModelConfig, RunConfig
from dsounds.train.settings.presets import RECIPES, configure


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("method", METHODS)
def test_a_config_survives_its_file(recipe: str, method: str, tmp_path: Path) -> None:
    config = configure(
        method,
        "corpora/demo",
        recipe=recipe,
        seed=7,
        z_dim=8,
        features={"bands": 80, "floor": 1e-5},
    )
    path = tmp_path / "config.toml"
    path.write_text(tomli_w.dumps(to_table(config)))
    assert read_toml(RunConfig, path) == config


def test_recipes_are_what_the_paper_and_its_code_say() -> None:
    paper, released = configure(recipe="paper"), configure(recipe="released")
    for config in (paper, released):
        t = config.training
        assert (t.epochs, t.stage1_epochs, t.patience) == (4000, 300, 300)
        assert (t.batch_size, t.learning_rate) == (128, 1e-3)
        assert config.objective.swaps == "both"
        assert not config.model.standardise
    assert (paper.objective.scaling, released.objective.scaling) == ("paper", "released")
    settings = [from_table(LogMelSettings, one.features, "features") for one in (paper, released)]
    assert settings[0] == LogMelSettings()
    assert float(log_mel(np.zeros(4096), settings[1]).max()) == pytest.approx(-36.04, abs=0.01)
    assert configure(recipe="released", features={"floor": 1e-5}).features == {"floor": 1e-5}
    assert configure(recipe="released", features={}).features == {}
    assert configure(z_dim=None, epochs=12) == configure(epochs=12)


def test_stages_begin_at_c() -> None:
    two = configure("ts-dsae", epochs=5, stage1_epochs=2)
    assert [two.stage_at(epoch) for epoch in range(5)] == [0, 0, 1, 1, 1]
    assert [configure("dsae", epochs=20).stage_at(e) for e in (0, 19)] == [0, 0]


def test_methods_rest_pieces_that_exist() -> None:
    for method in METHODS.values():
        for stage in method.stages:
            assert set(stage.frozen) <= set(PIECES)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"metod": "dsae"}, "unknown setting 'metod', did you mean 'method'?"),
        ({"method": "ts-dase"}, "method 'ts-dase' is unknown, did you mean 'ts-dsae'?"),
        ({"model": {"z_dmi": 8}}, "here: model: unknown setting 'z_dmi', did you mean 'z_dim'?"),
        ({"model": {"z_dim": 0}}, "model.z_dim must be at least 1, came 0"),
        ({"model": {"z_dim": 8.0}}, "model: z_dim is 8.0: an integer is needed"),
        ({"model": {"standardise": 1}}, "model: standardise is 1: true or false is needed"),
        ({"model": {"encoder_hidden": []}}, "needs at least one layer"),
        (
            {"objective": {"swaps": "bth"}},
            "swaps is 'bth', did you mean 'both'?: 'one' or 'both' is needed",
        ),
        ({"objective": {"reconstruction_weight": 0.0}}, "must be above 0, came 0.0"),
        ({"training": {"epochs": True}}, "training: epochs is True: an integer is needed"),
        ({"training": {"learning_rate": 3}}, "learning_rate must be above 0, at most 1, came 3.0"),
        ({"training": {"epochs": 10}}, "leaves nothing for the last stage of ts-dsae"),
        ({"training": {"batch_size": 1}}, "batch_size must be at least 2 for ts-dsae, came 1"),
        ({"seed": -1}, "seed must be at least 0, came -1"),
    ],
)
def test_bad_settings_are_refused_by_name(table: dict, message: str) -> None:
    with pytest.raises(DsoundsError, match=re.escape(message)):
        from_table(RunConfig, table, "here")


def test_broken_toml_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("method = ")
    with pytest.raises(DsoundsError, match="not valid TOML"):
        read_toml(RunConfig, path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"recipe": "papr"}, "recipe 'papr' is unknown, did you mean 'paper'?"),
        ({"zdim": 8}, "setting 'zdim' is unknown, did you mean 'z_dim'?"),
        ({"batch_size": 0}, "training.batch_size must be at least 1, came 0"),
        ({"epoch_clips": 1}, "training.epoch_clips must be 0, for all, or at least 2, came 1"),
        ({"epoch_clips": -1}, "training.epoch_clips must be 0, for all, or at least 2, came -1"),
    ],
)
def test_configure_refuses(arguments: dict, message: str) -> None:
    with pytest.raises(DsoundsError, match=re.escape(message)):
        configure(**arguments)


def test_differences_name_each_value() -> None:
    a, b = configure(seed=1), configure(seed=2, z_dim=8)
    assert differences(a, b) == ["model.z_dim: 16 there, 8 now", "seed: 1 there, 2 now"]
    assert differences(a.identity(), configure(seed=1, device="auto", threads=2).identity()) == []


def test_a_corpus_with_an_id_is_the_same_in_any_folder() -> None:
    a, b = (configure(corpus=folder, corpus_id="5e3c") for folder in ("c1", "/data/c1"))
    assert a.identity() == b.identity()
    assert configure(corpus="c1").identity() != configure(corpus="c2").identity()
    assert a.identity() != configure(corpus="c1", corpus_id="77aa").identity()


def test_batches_of_one_are_for_methods_without_swaps() -> None:
    assert configure("dsae", batch_size=1).training.batch_size == 1
    assert configure("ts-dsae-noreg", batch_size=1).training.batch_size == 1


def test_whole_numbers_in_a_file_may_stand_for_floats() -> None:
    table = tomllib.loads("[objective]\nreconstruction_weight = 4")
    assert from_table(RunConfig, table, "here").objective.reconstruction_weight == 4.0
    assert from_table(ModelConfig, {"encoder_hidden": [8, 8]}, "here").encoder_hidden == (8, 8)
