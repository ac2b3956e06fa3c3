"""The command sweep: what it is given, what it refuses in one line, and its table."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dsounds.cli import main
from dsounds.datasets import Corpus
from dsounds.datasets.storage import atomic_files
from dsounds.errors import DsoundsError
from dsounds.hashing import plain_sha256
from dsounds.train.experiments import sweep
from dsounds.train.experiments.results import Result, Results, write_results
from dsounds.train.experiments.sweep import names_of, seeds_of, setting_types, settings_of
from dsounds.train.experiments.table import cell, legend, score_head, swap_told, table, tables
from dsounds.train.experiments.variant import Variant, grid, shown
from dsounds.train.models.registry import FAMILIES
from dsounds.train.scores.evaluate import evaluate
from dsounds.train.settings.presets import configure


def given(*texts: str, family: str = "ts-dsae") -> dict[str, list[Any]]:
    return settings_of(FAMILIES.load(family), family, texts)


def test_values_have_the_types_of_the_settings() -> None:
    found = given(
        "z_dim=8,16",
        "learning-rate=1e-3,1",
        "standardise=false,true",
        "local_encoder=full",
        "encoder_hidden=64 64,128",
        "decoder_offsets=-1 0",
        "features.floor=1e-6",
    )
    assert found == {
        "z_dim": [8, 16],
        "learning_rate": [1e-3, 1.0],
        "standardise": [False, True],
        "local_encoder": ["full"],
        "encoder_hidden": [(64, 64), (128,)],
        "decoder_offsets": [(-1, 0)],
        "features.floor": [1e-6],
    }
    assert [type(one) for one in (*found["z_dim"], *found["standardise"])] == [int, int, bool, bool]
    variant = grid(["ts-dsae"], found)[0]
    config = variant.config(seed=3)
    same = {key: values[0] for key, values in found.items() if not key.startswith("features.")}
    assert config == configure(seed=3, features={"floor": 1e-6}, **same)


def test_the_default_of_each_setting_is_read_from_its_text() -> None:
    row = FAMILIES.load("ts-dsae")
    start = configure("ts-dsae")
    for name in setting_types(row):
        part, _, own = name.rpartition(".")
        owners = (start.features,) if part else (start.model, start.objective, start.training)
        value = next(getattr(one, own) for one in owners if hasattr(one, own))
        if value != "":  # an empty text is no value
            assert given(f"{name}={shown(value)}") == {name: [value]}, name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("z_dim", "--set is 'z_dim': NAME=VALUE or NAME=VALUE,VALUE is needed"),
        ("z_dim=", "--set is 'z_dim=': NAME=VALUE"),
        ("zdim=8", "ts-dsae has no setting 'zdim', did you mean 'z_dim'?"),
        ("features.flor=1", "did you mean 'features.floor'?"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(DsoundsError) as error:
        given(text)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("z_dim=x", "z_dim is 'x': an integer is needed"),
        ("z_dim=0", "z_dim is 0: 1 or more is needed"),
        ("z_dim=8,,16", "z_dim is '': an integer is needed"),
        ("standardise=perhaps", "standardise is 'perhaps': true or false is needed"),
        ("scaling=papers", "did you mean 'paper'?"),
        ("local_encoder=fulll", "unknown local_encoder 'fulll', did you mean 'full'?"),
        ("encoder_hidden=64 x", "encoder_hidden[1] is 'x': an integer is needed"),
        ("epochs=2", "epochs is 2, which leaves nothing for the last stage"),
    ],
)
def test_a_wrong_value_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(DsoundsError) as error:
        list(map(Variant.config, grid(["ts-dsae"], given(text))))
    assert says in str(error.value)


def test_a_setting_is_given_once() -> None:
    with pytest.raises(DsoundsError, match="the setting z_dim is given twice"):
        given("z_dim=8", "z-dim=16")


def test_families_and_seeds() -> None:
    assert names_of("ts-dsae,dsae") == ["ts-dsae", "dsae"]
    assert seeds_of("0,3,1") == [0, 3, 1]
    for text in ("", "0,", "0 1", "-1", "x", "1.5"):
        with pytest.raises(DsoundsError, match="integers from 0 with commas"):
            seeds_of(text)
    for function, text in ((names_of, "dsae,dsae"), (seeds_of, "1,1")):
        with pytest.raises(DsoundsError, match="given twice"):
            function(text)
    with pytest.raises(DsoundsError, match="no family is given"):
        names_of(",")


def test_names_of_runs_are_folders_and_differ() -> None:
    settings = {"z_dim": [8, 16], "local_encoder": ["full", "my.module:LOCAL_ENCODER"]}
    names = [variant.name for variant in grid(["dsae", "a.b:FAMILY"], settings)]
    assert len(set(names)) == 8
    assert names[0] == "dsae,z_dim=8,local_encoder=full"
    assert not any(set(name) & set("/: ") for name in names)


def result(family: str, seed: int, f1: list[float] | None, **settings: Any) -> Result:
    """Return a run with the F1 of two factors."""
    if f1 is None:
        return Result(Variant(family, settings), seed, None, "it failed")
    factors = {name: {"f1_global": value} for name, value in zip("ab", f1, strict=True)}
    flat = {f"{name}/f1_global": row["f1_global"] for name, row in factors.items()}
    scores = flat | {"v_effect": 2.0 * seed, "counterfactual_error": None}
    about = {"epoch": 7, "versions": {"torch": "2"}}
    content = {"scores": scores, "factors": factors, "notes": [], "computed_from": about}
    return Result(Variant(family, settings), seed, content)


RESULTS = Results(
    "made",
    (
        result("x", 0, [1.0, 0.5], z_dim=8, epochs=2),
        result("x", 1, [0.5, 0.5], z_dim=8, epochs=2),
        result("x", 2, None, z_dim=8, epochs=2),
        result("y", 0, [0.25, 0.75], z_dim=16, epochs=2),
        result("y", 1, None, z_dim=32, epochs=2),
    ),
)


def test_the_table_has_mean_and_spread_over_the_seeds() -> None:
    scores = ("f1_global", "a/f1_global", "v_effect", "counterfactual_error", "epoch", "none")
    lines = [line.strip("| ").split(" | ") for line in table(RESULTS, scores).splitlines()]
    heads = ["family", "z_dim", "seeds", "F1 global swap", "a F1 global swap", "v's effect"]
    assert lines[0] == [*heads, "counterfactual", "epoch", "none"]
    spread = ["0.75 ± 0.35 / 0.50 ± 0.00", "0.75 ± 0.35", "1.00 ± 1.41", "-", "7.00 ± 0.00", "-"]
    assert lines[2] == ["x", "8", "2", *spread]
    assert lines[3] == ["y", "16", "1", "0.25 / 0.75", "0.25", "0.00", "-", "7.00", "-"]
    assert lines[4] == ["y", "32", "0", *["-"] * 6]


def test_a_distance_has_its_parts_in_brackets() -> None:
    runs = []
    for seed in range(2):
        run = result("x", seed, [1.0, 1.0])
        assert run.scores is not None
        run.scores["scores"] |= {"counterfactual_mse": 4.0 + seed, "counterfactual_mse_held": 2.0}
        run.scores["scores"] |= {"counterfactual_mse_rests": 9.0 + seed}
        runs.append(run)
    results = Results("made", tuple(runs))
    line = table(results, ("counterfactual_mse", "v_effect")).splitlines()[-1]
    assert line == "| x | 2 | 4.50 ± 0.71 (2.0, 9.5) | 1.00 ± 1.41 |"
    assert swap_told(results, runs[0].variant) == "swap 4.5 (held 2.0, rests 9.5)"


def test_a_cell_leaves_out_what_has_no_value() -> None:
    assert cell(np.array([[1.0], [np.nan]])) == "1.00"
    assert cell(np.array([[np.nan]])) == "-"
    assert score_head("counterfactual_mse") == "swap's distance"


def test_cells_can_have_the_interval_of_the_mean() -> None:
    values = np.array([[1.0, 0.5], [2.0, 0.5], [3.0, 0.5]])
    assert cell(values, intervals=True) == "2.00 [-0.48, 4.48] / 0.50 [0.50, 0.50]"
    assert cell(values) == "2.00 ± 1.00 / 0.50 ± 0.00"
    assert cell(values[:1], intervals=True) == "1.00 / 0.50"
    assert cell(np.array([[np.nan]]), intervals=True) == "-"
    shown_row = table(RESULTS, ("v_effect",), intervals=True).splitlines()[2]
    assert shown_row.endswith("| 2 | 1.00 [-11.71, 13.71] |")


def test_each_corpus_has_a_table_with_its_own_columns() -> None:
    runs = [replace(run, variant=replace(run.variant, corpus="p")) for run in RESULTS.runs[:3]]
    more = [replace(run, variant=replace(run.variant, corpus="q")) for run in RESULTS.runs[3:]]
    both = Results("made", (*runs, *more))
    text = tables(both, {"q": ("b/f1_global",), "p": ("a/f1_global", "v_effect")})
    assert text.splitlines() == [
        "## q",
        "",
        "| family | z_dim | seeds | b F1 global swap |",
        "| --- | --- | --- | --- |",
        "| y | 16 | 1 | 0.75 |",
        "| y | 32 | 0 | - |",
        "",
        "## p",
        "",
        "| family | seeds | a F1 global swap | v's effect |",
        "| --- | --- | --- | --- |",
        "| x | 2 | 0.75 ± 0.35 | 1.00 ± 1.41 |",
    ]
    assert tables(both, {"": ("v_effect",)}) == table(both, ("v_effect",))
    assert table(both).startswith("| corpus | family | z_dim |")


def test_a_label_stands_in_place_of_settings(tmp_path: Path) -> None:
    told = [replace(run, variant=replace(run.variant, label="no a/b")) for run in RESULTS.runs[:2]]
    assert told[0].variant.name == "x,no-a-b"
    results = Results("made", (*told, *RESULTS.runs[3:4]))
    lines = table(results, ("epoch",)).splitlines()
    assert lines[0] == "| family | seeds | epoch |"
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| x, no a/b", "| y"]
    write_results(results, tmp_path)
    content = json.loads((tmp_path / "results.json").read_text())
    assert [run.get("label") for run in content["runs"]] == ["no a/b", "no a/b", None]
    with (tmp_path / "results.csv").open(newline="") as file:
        assert [row["label"] for row in csv.DictReader(file)] == ["no a/b", "no a/b", ""]


def test_the_seconds_of_training_are_in_tables_and_in_no_file(tmp_path: Path) -> None:
    lines = ["epoch,stage,seconds,train_loss", "1,1,2.5,3", "2,1,0.25,2"]
    (tmp_path / "metrics.csv").write_text("\n".join(lines) + "\n")
    timed, bare, failed = (
        replace(run, folder=folder)
        for run, folder in zip(RESULTS.runs, (tmp_path, tmp_path / "none", tmp_path), strict=False)
    )
    assert timed.values("seconds") == (2.75,)
    assert np.isnan(bare.values("seconds")).all()
    assert failed.values("seconds") == ()
    results = Results("made", (timed, bare, failed))
    text = table(results, ("seconds",))
    assert text.endswith("| x | 2 | 2.75 |")
    assert "Seconds: of training" in legend(results, ("seconds",))
    assert "Seconds" not in legend(results)
    write_results(results, tmp_path)
    for name in ("results.json", "results.csv"):
        assert "seconds" not in (tmp_path / name).read_text()


def test_the_legend_tells_the_part_and_what_a_cell_holds() -> None:
    def of(*parts: str) -> Results:
        runs = []
        for run, part in zip(RESULTS.runs, parts, strict=False):
            assert run.scores is not None
            about = {**run.scores["computed_from"], "part": part}
            runs.append(replace(run, scores={**run.scores, "computed_from": about}))
        return Results("made", tuple(runs))

    assert legend(RESULTS).endswith("Mean and standard deviation over the seeds.")
    assert legend(of("validation")).endswith("Scores are of the validation part.")
    assert "of the test part. The weights of each run are those of its best" in legend(of("test"))
    assert "of the validation and the test part." in legend(of("validation", "test"))
    said = legend(of("test"), ("rho",), intervals=True)
    assert said.startswith("Mean over the seeds, and in brackets its 95 % interval")


def test_the_files_hold_every_run_without_paths_or_times(tmp_path: Path) -> None:
    write_results(RESULTS, tmp_path)
    content = json.loads((tmp_path / "results.json").read_text())
    assert content.pop("sha256") == plain_sha256(content)
    assert content["versions"] == {"torch": "2"}
    assert [run["seed"] for run in content["runs"]] == [0, 1, 2, 0, 1]
    assert content["runs"][2]["error"] == "it failed"
    assert content["runs"][0]["scores"]["a/f1_global"] == 1.0
    assert content["runs"][0]["settings"] == {"z_dim": "8", "epochs": "2"}
    assert str(tmp_path) not in json.dumps(content)
    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["z_dim"] for row in rows] == ["8", "8", "8", "16", "32"]
    assert [row["b/f1_global"] for row in rows] == ["0.5", "0.5", "", "0.75", ""]
    assert [row["error"] for row in rows] == ["", "", "it failed", "", "it failed"]


def test_a_sweep_trains_scores_and_prints_one_table(
    small: Corpus,
    tiny: dict[str, Any],
    tmp_path: Path,
    here: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sweep, "QUICK", "f1_input")  # scores take longer than these runs
    del tiny["z_dim"]
    fixed = [f"--set={name}={shown(value)}" for name, value in tiny.items()]
    out = tmp_path / "sweep"
    command = ["sweep", "ts-dsae,dsae", "--corpus", str(small.folder), "--out", str(out)]
    assert main([*command, "--seeds", "0", "1", "--set", "z_dim=3,4", *fixed]) == 0
    shown_text = capsys.readouterr().out
    lines = (out / "table.md").read_text().splitlines()
    assert lines[0] in shown_text
    assert lines[0].startswith("| family | z_dim | seeds | F1 pre-swap |")
    rows = [line.strip("| ").split(" | ")[:3] for line in lines[2:6]]
    assert rows == [[f, z, "2"] for f in ("ts-dsae", "dsae") for z in ("3", "4")]
    content = json.loads((out / "results.json").read_text())
    assert len(content["runs"]) == 8
    folders = sorted((out / "runs").iterdir())
    assert len(folders) == 8
    one = next(path for path in folders if path.name.startswith("dsae,z_dim=4"))
    said = next(
        r for r in content["runs"] if r["family"] == "dsae" and r["settings"]["z_dim"] == "4"
    )
    assert said["scores"] == evaluate(one, only=["f1_input"])["scores"]
    assert f"medians and ranges over the seeds: {out}/comparison.md" in shown_text
    f1 = [
        r["scores"]["instrument/f1_input"]
        for r in content["runs"]
        if r["settings"] == {**r["settings"], "z_dim": "4"} and r["family"] == "dsae"
    ]
    cell = f"{np.median(f1):.3f} [{min(f1):.3f}, {max(f1):.3f}]"
    assert (
        f"| instrument/f1_input | dsae, z_dim=4 | 2 | {cell} |"
        in (out / "comparison.md").read_text()
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["tsdsae", "--corpus", "{}"], "unknown family 'tsdsae', did you mean 'ts-dsae'?"),
        (["dsae", "--corpus", "nowhere"], "nowhere is neither the folder of a corpus nor a recipe"),
        (["dsae", "--corpus", "{}", "--seeds", "a"], "seeds are 'a': integers from 0"),
        (["dsae", "--corpus", "{}", "--set", "z_dim=0"], "z_dim=0: z_dim is 0: 1 or more"),
        (["dsae", "--corpus", "{}", "--preset", "fats"], "unknown preset 'fats'"),
        (["dsae", "--corpus", "{}", "--split", "x"], "unknown split 'x'"),
        (["dsae", "--corpus", "{}", "--set", "z_dim=4,4"], "two runs have one name"),
        (["dsae", "--corpus", "{}", "--workers", "0"], "workers is 0: at least 1 is needed"),
    ],
)
def test_a_wrong_command_is_one_line_and_trains_nothing(
    options: list[str],
    says: str,
    small: Corpus,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    no_work: Any,
) -> None:
    no_work()
    filled = [option.format(small.folder) for option in options]
    assert main(["sweep", *filled, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("dsounds: ")
    assert says in said
    assert not list(tmp_path.glob("out/runs/*"))


@pytest.mark.parametrize("command", [["sweep", "dsae"], ["reproduce", "tsdsae-fig3"]])
def test_two_commands_do_not_share_a_folder(
    command: list[str],
    small: Corpus,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    no_work: Any,
) -> None:
    """The table of one of them would lack what the other one trains at that moment."""
    no_work()
    more = ["--corpus", str(small.folder)] if command[0] == "sweep" else []
    with atomic_files.exclusive_lock(tmp_path / "out", wait=False):
        assert main([*command, *more, "--out", str(tmp_path / "out")]) == 2
    assert "another dsounds is writing into" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
