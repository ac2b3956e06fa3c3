"""Runs are grouped by their settings, compared score by score, and drawn."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from dsounds.cli import main
from dsounds.errors import DsoundsError
from dsounds.train.comparison.compare import compare
from dsounds.train.comparison.groups import gather
from dsounds.train.comparison.over_seeds import median, paired
from dsounds.train.scores.scores_file import read_scores, write_scores
from dsounds.train.settings.config_file import config_text
from dsounds.train.settings.presets import configure

ABOUT = {"corpus_id": "c", "split": "s", "part": "validation", "features": {"bands": 80}}
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(name: str, value: float | None, family: str = "", seed: int = 0, **more: Any) -> Path:
        """Return a folder with scores, of a run where a family is named."""
        folder = tmp_path / name
        folder.mkdir()
        about = ABOUT | more.pop("about", {})
        if family:
            config = configure(family, "corpora/x", corpus_id="c", seed=seed, **more)
            (folder / "config.toml").write_text(config_text(config))
        scores = {"instrument/f1_global": value, "counterfactual_error": value, "other": value}
        rows = {name: {"version": 1} for name in ("f1_global", "counterfactual_error", "other")}
        factors = {"instrument": {"f1_global": value}}
        content = {"scores": scores, "factors": factors, "notes": [], "rows": rows}
        write_scores(folder / "scores.json", {**content, "computed_from": about})
        return folder

    return made


def seeds(make: Make, family: str, values: list[float | None], **more: Any) -> list[Path]:
    return [
        make(f"{family}{more}{seed}".replace("/", ""), value, family, seed, **more)
        for seed, value in enumerate(values)
    ]


def test_runs_that_differ_in_their_seed_alone_are_one_model(make: Make) -> None:
    small = seeds(make, "ts-dsae", [0.1, 0.2], z_dim=4)
    large = seeds(make, "ts-dsae", [0.3], z_dim=8)
    other = seeds(make, "dsae", [0.5, 0.6, 0.7])
    found = gather([*small, *large, *other])
    assert [group.name for group in found] == ["ts-dsae, z_dim=4", "ts-dsae, z_dim=8", "dsae"]
    assert [list(group.scores) for group in found] == [[0, 1], [0], [0, 1, 2]]
    assert found[0].scores[1]["other"] == 0.2


def test_numbers_are_those_of_the_seeds(make: Make) -> None:
    values = {"dsae": [0.1, 0.4, 0.2, None], "ts-dsae": [0.9, 0.8, 0.95, 0.7]}
    folders = [folder for family, own in values.items() for folder in seeds(make, family, own)]
    found = compare(folders)
    assert found.scores == ("instrument/f1_global", "counterfactual_error")
    first, second = found.of("counterfactual_error")
    assert first.median == median(np.array([0.1, 0.4, 0.2]))
    assert second.median.value == pytest.approx(0.85)
    assert second.test == paired(np.array([0.1, 0.4, 0.2]), np.array([0.9, 0.8, 0.95]))
    assert second.p == second.test.p == 0.25
    assert np.isnan(first.p)
    assert "| counterfactual_error | 0.200 | 0.850 |" in found.medians()
    row = "| counterfactual_error | ts-dsae | 4 | 0.850 [0.700, 0.950] | +0.650 | 0.250 | 88% |"
    assert row in found.table()


def test_distances_have_their_parts_beside_them(make: Make) -> None:
    folders = seeds(make, "dsae", [0.1, 0.2, 0.3])
    for k, folder in enumerate(folders):
        result = read_scores(folder / "scores.json")
        parts = {"_held": 1.0 + k, "_rests": 10.0 * k, "_60db": 0.5}
        result["scores"] |= {f"counterfactual_mse{end}": n for end, n in parts.items()}
        result["scores"]["counterfactual_mse"] = 4.0 + k
        write_scores(folder / "scores.json", result)
    found = compare([*folders, *seeds(make, "ts-dsae", [0.5])])
    assert found.scores[-2:] == ("counterfactual_mse", "counterfactual_mse_60db")
    rows = [line.split(" | ")[0] for line in found.medians().splitlines()[-4:]]
    ends = ("", "_held", "_rests", "_60db")
    assert rows == [f"| counterfactual_mse{end}" for end in ends]
    assert "| counterfactual_mse_rests | 10.000 | - |" in found.medians()
    assert "| 5.000 [4.000, 6.000] (held 2.000, rests 10.000) |" in found.table()
    assert "| counterfactual_mse_60db | dsae | 3 | 0.500 [0.500, 0.500] |" in found.table()


def test_own_models_go_by_their_name(make: Make) -> None:
    mine = [make(f"m{k}", 0.5 + k, about={"name": "mine"}) for k in range(2)]
    found = gather([*seeds(make, "dsae", [0.1]), *mine])
    assert [group.name for group in found] == ["dsae", "mine"]
    assert [one["other"] for one in found[1].scores.values()] == [0.5, 1.5]


def test_the_command_writes_table_and_picture(
    make: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = [*seeds(make, "dsae", [0.1, 0.2]), *seeds(make, "ts-dsae", [0.8, 0.9])]
    out = tmp_path / "out"
    arguments = [*map(str, folders), "--scores", "other", "--out", str(out)]
    assert main(["compare", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "| other | ts-dsae | 2 | 0.850 [0.800, 0.900] | +0.700 | 0.500 | 50% |" in printed
    written = (out / "comparison.md").read_text()
    assert printed.splitlines()[0] in written
    picture = imread(out / "comparison.png")
    assert min(picture.shape[:2]) > 80
    assert picture[..., :3].std() > 0.05


def test_what_cannot_be_compared(make: Make) -> None:
    one = make("one", 0.1, "dsae")
    with pytest.raises(DsoundsError, match="no run is given"):
        compare([])
    with pytest.raises(DsoundsError, match=r"one and .*same.* have the same settings and seed 0"):
        compare([one, make("same", 0.2, "dsae")])
    with pytest.raises(DsoundsError, match="of different clips: part is 'validation' and 'test'"):
        compare([one, make("test", 0.2, "ts-dsae", about={"part": "test"})])
    with pytest.raises(DsoundsError, match="no model has the score 'othr', did you mean 'other'"):
        compare([one], ["othr"])
    with pytest.raises(DsoundsError, match=r"nowhere.scores.json cannot be read: No such file"):
        compare([one, one.parent / "nowhere"])


def test_a_damaged_file_is_named(make: Make) -> None:
    one = make("one", 0.1, "dsae")
    (one / "scores.json").write_text('{"scores": {}}')
    with pytest.raises(DsoundsError, match="has no scores"):
        compare([one])
    path = make("two", 0.2, "dsae", 1) / "scores.json"
    content = read_scores(path)
    path.write_text(str({**content, "scores": {}}).replace("'", '"').replace("None", "null"))
    with pytest.raises(DsoundsError, match="damaged or was edited"):
        compare([path.parent])


def test_the_place_of_the_corpus_is_no_setting(make: Make) -> None:
    folders = seeds(make, "dsae", [0.1, 0.2])
    config = configure("dsae", "elsewhere/x", corpus_id="c", seed=1)
    (folders[1] / "config.toml").write_text(config_text(replace(config)))
    assert len(gather(folders)) == 1
