"""Each experiment's row: its plan is valid, its table, words and figures come from results."""

import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from dsounds.cli import main
from dsounds.datasets import Corpus
from dsounds.errors import DsoundsError
from dsounds.train.experiments import ar_vae_dmig, true_swap, tsdsae_fig3, tsdsae_fig7, tsdsae_order
from dsounds.train.experiments.corpora import CorpusPlan
from dsounds.train.experiments.experiment import EXPERIMENTS, Experiment
from dsounds.train.experiments.interval_lines import HIGH, LOW
from dsounds.train.experiments.reproduce import page, write
from dsounds.train.experiments.results import Result, Results
from dsounds.train.experiments.table import DISTANCES, HEADS, score_head
from dsounds.train.experiments.variant import Variant
from dsounds.train.scores.registry import SCORES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
RUNS = {"true-swap", "tsdsae-fig7"}  # whose figures are drawn from the runs themselves
TRAINED = [name for name, row in EXPERIMENTS.rows() if row.trained]
FACTORS = dict.fromkeys(factor for own in true_swap.FACTORS.values() for factor in own)


@pytest.mark.parametrize("name", EXPERIMENTS.names)
def test_the_plan_is_valid(name: str) -> None:
    row = EXPERIMENTS.load(name)
    for plan in row.corpora.values():
        plan.made()
    assert len({variant.name for variant in row.variants}) == len(row.variants) >= 2
    assert row.seeds >= 1


@pytest.mark.parametrize("name", TRAINED)
def test_the_configs_are_valid(name: str) -> None:
    for variant in EXPERIMENTS.load(name).variants:
        assert variant.config(seed=1).seed == 1


@pytest.mark.parametrize("name", EXPERIMENTS.names)
def test_the_page_has_a_line_for_each(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def made(name: str, row: Experiment, seeds: int = 2) -> Results:
    """Return results with a number for each score that the table shows."""
    runs = []
    for variant in row.variants:
        for seed in range(seeds):
            rng = np.random.default_rng([seed, zlib.crc32(variant.name.encode())])
            keys = {key.rpartition("/")[2]: float(rng.random()) for key in row.all_columns}
            ends = {
                f"{key}{end}": keys[key] + k for key in keys for k, end in ((-1, LOW), (1, HIGH))
            }
            factors = dict.fromkeys((*FACTORS, *ar_vae_dmig.PAIR), keys)
            flat = {f"{f}/{key}": v for f, one in factors.items() for key, v in one.items()}
            about = {"epoch": 3, "versions": {"torch": "2"}}
            content = {
                "scores": flat | keys | ends,
                "factors": factors,
                "notes": [],
                "rows": {key: {"floor": 0.25} for key in keys},
                "computed_from": about,
            }
            runs.append(Result(variant, seed, content))
    return Results(name, tuple(runs))


@pytest.mark.parametrize("name", EXPERIMENTS.names)
def test_table_words_and_figures_come_from_results(name: str, tmp_path: Path) -> None:
    row = EXPERIMENTS.load(name)
    drawn = () if name in RUNS else row.figures
    text = write(replace(row, figures=drawn), made(name, row), tmp_path)
    assert (tmp_path / "table.md").read_text() == text
    assert row.finding in text
    lines = text.splitlines()
    heads = [lines[k - 1] for k, line in enumerate(lines) if line.startswith("| ---")]
    for columns, told in zip(row.columns.values(), heads, strict=True):
        assert all(f" {score_head(key)} |" in told for key in columns)
    assert text.count("\n| ") == 2 * len(heads) + len(row.variants)
    for file, _ in drawn:
        picture = imread(tmp_path / file)
        assert min(picture.shape[:2]) > 300
        assert picture[..., :3].std() > 0.05  # something is on it


@pytest.mark.parametrize("name", EXPERIMENTS.names)
def test_runs_that_failed_leave_a_table(name: str, tmp_path: Path) -> None:
    row = EXPERIMENTS.load(name)
    runs = tuple(Result(variant, 0, None, "no") for variant in row.variants)
    text = write(row, Results(name, runs), tmp_path)
    assert "These runs" not in text
    assert not list(tmp_path.glob("*.png"))


def test_scores_of_the_tables_are_known() -> None:
    known = {name.replace("-", "_") for name in SCORES.names} | {*DISTANCES, "epoch", "seconds"}
    for _, row in EXPERIMENTS.rows():
        own = set() if row.measure is None else HEADS.keys()
        assert {key.rpartition("/")[2] for key in row.all_columns} <= known | own


# tsdsae-fig7


def test_fig7_tells_the_least_f1_of_each_factor_and_when_there_is_none() -> None:
    own, name = tsdsae_fig7.OWN, "tsdsae-fig7"
    runs = made(name, tsdsae_fig7.EXPERIMENT).runs
    for run in runs:
        if run.variant == own:
            assert run.scores is not None
            run.scores["scores"] |= dict.fromkeys(tsdsae_fig7.F1, 1.0)
            run.scores["scores"] |= {"octave/f1_local": 0.5 + run.seed / 2}
            run.scores["scores"]["counterfactual_error"] = 0.25
    told = tsdsae_fig7.verdict(Results(name, runs))
    assert "at least 1.00 for instrument, 0.75 for octave" in told
    assert "leave 25% of the way" in told
    failed = [run if run.variant != own else replace(run, scores=None) for run in runs]
    assert "none of the runs" in tsdsae_fig7.verdict(Results(name, tuple(failed)))


# tsdsae-fig3


def fig3(f1: dict[str, float]) -> Results:
    """Return results in which each family has one F1 in every configuration, seed by seed."""
    row = tsdsae_fig3.EXPERIMENT
    results = made("tsdsae-fig3", row, seeds=3)
    for run in results.runs:
        assert run.scores is not None
        same = dict.fromkeys(tsdsae_fig3.F1, f1[run.variant.family])
        run.scores["factors"] = {"instrument": same}
    return results


def test_fig3_has_four_models_two_encoders_three_sizes_and_six_seeds() -> None:
    row = tsdsae_fig3.EXPERIMENT
    configs = [variant.config() for variant in row.variants]
    found = {(c.family, c.model.local_encoder, c.model.z_dim) for c in configs}
    families = ("dsae", "dsae-f", "ts-dsae-noreg", "ts-dsae")
    assert found == {
        (f, e, z) for f in families for e in ("factorised", "full") for z in (8, 16, 32)
    }
    assert row.seeds == 6
    assert len({(c.training, c.objective) for c in configs}) == 1


def test_fig3_says_who_held_and_who_lost() -> None:
    said = tsdsae_fig3.verdict(
        fig3({"dsae": 0.5, "dsae-f": 0.51, "ts-dsae-noreg": 0.89, "ts-dsae": 0.9})
    )
    assert "dsae 0 held and 6 lost of 6; dsae-f 0 held and 0 lost of 6" in said
    assert "ts-dsae-noreg 0 held and 0 lost of 6; ts-dsae 6 held and 0 lost of 6" in said


# tsdsae-order


def test_order_says_at_which_budget_v_is_lost() -> None:
    row = tsdsae_order.EXPERIMENT
    results = made("tsdsae-order", row, seeds=1)
    for run in results.runs:
        assert run.scores is not None
        late = run.variant.settings["epochs"] > 300
        lost = run.variant.family == "dsae" or (run.variant.family == "dsae-f" and late)
        run.scores["factors"] = {"instrument": {"f1_global": 0.1 if lost else 0.95}}
    said = tsdsae_order.verdict(results)
    assert "dsae at 1,005 updates; dsae-f at 4,995 updates" in said
    assert "ts-dsae-noreg not in 19,995 updates; ts-dsae not in 19,995 updates" in said


def test_order_counts_updates_as_training_makes_them() -> None:
    clips = tsdsae_order.EXPERIMENT.corpora[""].changes["count"] * 0.8
    batch = tsdsae_order.EXPERIMENT.variants[0].config().training.batch_size
    assert clips / batch == tsdsae_order.UPDATES_PER_EPOCH


# the command


def tiny_row(tiny: dict[str, Any]) -> Experiment:
    return Experiment(
        finding="they differ",
        source="nobody",
        corpora={
            "few": CorpusPlan("paper", {"count": 24}),
            "more": CorpusPlan("paper-octaves", {"count": 32}),
        },
        variants=(
            Variant("dsae", corpus="few", common=tiny),
            Variant("dsae", corpus="more", common=tiny),
        ),
        seeds=1,
        verdict=lambda results: f"{len(results.runs)} runs",
        figures=(("figure.png", lambda results, path: path.write_text("drawn") and None),),
    )


def test_reproduce_makes_everything_and_a_second_time_nothing(
    tiny: dict[str, Any],
    tmp_path: Path,
    here: None,
    no_work: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(EXPERIMENTS, "load", lambda name: tiny_row(tiny))
    command = ["reproduce", "own:ROW", "--out", str(tmp_path / "out"), "--workers", "1"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "**These runs**: 2 runs" in shown
    assert "**The paper** (nobody): they differ" in shown
    assert "| few | dsae | 1 |" in shown
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"corpora", "runs", "table.md", "results.json", "results.csv", "figure.png"}
    before = {path: path.read_bytes() for path in (tmp_path / "out").glob("*.*")}
    no_work()
    assert main(command) == 0
    assert all(path.read_bytes() == content for path, content in before.items())


def test_without_a_name_the_experiments_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name, line in zip(EXPERIMENTS.names, lines, strict=False):
        assert line.split()[0] == name
        assert EXPERIMENTS.summary(name) in line


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["tsdsae-fig33"], "unknown experiment 'tsdsae-fig33', did you mean 'tsdsae-fig3'?"),
        (["tsdsae-fig3", "--seeds", "0"], "seeds is 0: at least 1 is needed"),
        (["--seeds", "2"], "--seeds is given, but no experiment"),
    ],
)
def test_a_wrong_command_is_one_line(
    options: list[str], says: str, tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["reproduce", *options]) == 2
    assert says in capsys.readouterr().err.splitlines()[-1]
    assert not list(tmp_path.iterdir())


def test_a_variant_on_a_corpus_that_there_is_not_is_refused(tiny: dict[str, Any]) -> None:
    with pytest.raises(DsoundsError, match="is on the corpus 'other', which is not among"):
        replace(tiny_row(tiny), variants=(Variant("dsae", corpus="other"),))


def test_a_page_names_what_all_runs_share(small: Corpus) -> None:
    row = tsdsae_fig3.EXPERIMENT
    assert "All runs: reconstruction_weight = 1.0" in page(row, made("x", row))


def test_an_experiment_asks_for_the_scores_of_its_columns() -> None:
    rows = [EXPERIMENTS.load(name) for name in TRAINED]
    assert all(("quick" in row.asked) == (row.measure is None) for row in rows)
    assert EXPERIMENTS.load("ar-vae-dmig").asked == ("reconstruction_mse",)
    assert EXPERIMENTS.load("zoo").asked[-1] == "all"
    own = Experiment(
        "",
        "",
        {"": CorpusPlan("paper", {})},
        (Variant("dsae"),),
        1,
        lambda _: "",
        scores=("octave/f1_global", "leakage_z/octave", "judge_swap_kl", "counterfactual_mse"),
    )
    assert own.asked == ("quick", "f1_global", "leakage", "judge_swap")
