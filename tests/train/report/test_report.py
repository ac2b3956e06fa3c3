"""Reports: complete in one file, true to the scores and the sound, and clear about bad input."""

import io
import json
import shutil
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from dsounds.datasets import DMelodies, generate, load_recipe
from dsounds.errors import DsoundsError
from dsounds.synth.features import log_mel, to_audio
from dsounds.synth.rendering.pcm import to_float, to_pcm
from dsounds.train.fitting.run import load_run, train_on_corpus
from dsounds.train.fitting.run_data import open_run_data
from dsounds.train.report import report
from dsounds.train.report.runs import gather
from dsounds.train.report.swap_clips import choose_pairs
from dsounds.train.scores import evaluate as run_scores
from dsounds.train.scores.frame_means import swap_means
from dsounds.train.scores.scores_file import read_scores, write_scores

SEED = 3
Train = Callable[[str, Path, Path], Path]


class Page(HTMLParser):
    """What tests ask of a page: all attributes, text, players' sounds, scores in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.scores: list[tuple[str, float]] = []
        self.score = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        self.attributes += [(tag, key, value) for key, value in given.items()]
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)
        if tag == "td":
            self.score = given.get("data-score", "")
        if tag == "data":
            self.scores.append((self.score, float(given["value"])))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, key, value or "") for key, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    def values(self, tag: str, key: str) -> list[str]:
        return [value for t, k, value in self.attributes if (t, k) == (tag, key)]

    @property
    def wavs(self) -> list[bytes]:
        start = "data:audio/wav;base64,"
        sources = self.values("audio", "src")
        assert all(source.startswith(start) for source in sources)
        return [b64decode(source.removeprefix(start)) for source in sources]


@pytest.fixture(scope="module")
def text(runs: list[Path]) -> str:
    out = report(runs, runs[0].parent / "new" / "report.html", clips=1, seed=SEED)
    assert not out.with_name("report.html.part").exists()
    return out.read_text(encoding="utf-8")


def test_a_run_on_sinusoids_has_a_report(tmp_path: Path, train_small: Train) -> None:
    recipe = replace(load_recipe("sinusoids-1"), count=24, seconds=0.5)
    corpus = generate(recipe, tmp_path / "corpus", progress=False)
    run = train_small("ts-dsae", corpus, tmp_path / "run")
    text = report([run], tmp_path / "report.html", clips=1).read_text(encoding="utf-8")
    assert "dsounds generate sinusoids --out" in text
    assert "--hnrs" in text


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_the_page_is_whole_and_needs_nothing_from_outside(text: str, page: Page) -> None:
    assert page.open == []
    for word in ("http://", "https://", "@import", "url(", "file:"):
        assert word not in text.replace("url(#", "")
    for tag, key, value in page.attributes:
        if key in ("src", "href", "xlink:href"):
            assert value.startswith(("data:", "#")), (tag, value[:80])
    ids = [value for _, key, value in page.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.values("a", "href")} <= set(ids)
    for value in page.values("svg", "viewbox"):
        assert all(np.isfinite(float(number)) for number in value.split())


def test_every_picture_and_player_has_a_name(page: Page) -> None:
    assert all(page.values("img", "alt"))
    assert len(page.values("img", "alt")) == len(page.values("img", "src"))
    assert len(page.values("audio", "aria-label")) == len(page.wavs)


def test_the_table_holds_the_scores_of_each_run(page: Page, runs: list[Path]) -> None:
    results = [json.loads((run / "scores.json").read_text()) for run in runs]
    shown: dict[str, list[float]] = {}
    for name, value in page.scores:
        shown.setdefault(name, []).append(value)
    for name, values in shown.items():
        key = f"instrument/{name}" if name.startswith("f1_") else name
        expected = [result["scores"][key] for result in results]
        assert values == [value for value in expected if value is not None]
    for result in results:  # the distances of swaps stand under the verdict
        for one in swap_means(result["scores"]).values():
            assert {*one.cells(1)} <= {*page.texts}
            assert "-" not in one.cells(1)
    assert {"f1_input", "f1_global", "f1_local", "v_effect", "v_kl_prior"} <= shown.keys()
    everything = "".join(page.texts)
    for result in results:
        assert json.dumps(result, indent=1) in everything


def test_players_hold_four_seconds_each_and_the_originals_unchanged(
    page: Page, runs: list[Path]
) -> None:
    sounds = [soundfile.read(io.BytesIO(wav), dtype="int16") for wav in page.wavs]
    assert len(sounds) == 2 + 4 + 4 * len(runs)
    assert {(len(sound), rate) for sound, rate in sounds} == {(64_000, 16_000)}
    assert all(np.abs(sound).max() > 1000 for sound, _ in sounds)

    data = open_run_data(gather(runs)[0][0].run.config)
    (i, j), known = choose_pairs(data, 1, SEED)[0], data.corpus
    truth = [sound for sound, _ in sounds[2:6]]
    np.testing.assert_array_equal(truth[0], known.pcm(i)[0])
    np.testing.assert_array_equal(truth[3], known.pcm(j)[0])
    column = known.space.column("instrument")
    for made, melody, other in ((truth[1], i, j), (truth[2], j, i)):
        values = known.values[[melody]]
        values[:, column] = known.values[other, column]
        np.testing.assert_array_equal(made, known.render(values)[0][0])


def test_each_models_row_shows_its_own_swaps(page: Page, runs: list[Path]) -> None:
    """The sounds and D of the page are those of codes that are decoded here, one by one."""
    data = open_run_data(gather(runs)[0][0].run.config)
    pair = choose_pairs(data, 1, SEED)[0]
    truth = [soundfile.read(io.BytesIO(wav), dtype="int16")[0] for wav in page.wavs[2:6]]
    sounds, shown = iter(page.wavs[6:]), []
    for run in runs:
        model = load_run(run).model
        with torch.no_grad():
            i, j = (model.encode(torch.from_numpy(data.x[[clip]])) for clip in pair)
            made = [
                model.decode(z.z_mean, v.v_mean)[0].numpy()
                for z, v in ((i, i), (i, j), (j, i), (j, j))
            ]
        formulas = ("z_i, v_i", "z_i, v_j", "z_j, v_i", "z_j, v_j")
        for x, true, formula in zip(made, truth, formulas, strict=True):
            pcm = soundfile.read(io.BytesIO(next(sounds)), dtype="int16")[0]
            if formula == "z_j, v_i":
                again = to_pcm(to_audio(x, data.settings))
                assert np.corrcoef(pcm, again)[0, 1] > 0.999
            distance = np.square(x - log_mel(to_float(true), data.settings)).mean()
            shown.append(f"decode({formula}), D = {distance:.2f}")
    assert [text for text in page.texts if text.startswith("decode(")] == shown
    assert len(set(shown)) == len(shown)


def test_names_are_text_and_never_markup(text: str, page: Page) -> None:
    assert "<b>&c" not in text
    assert "a<b>&c" in page.texts


def test_the_page_tells_no_more_of_the_corpuss_place_than_needed(
    runs: list[Path], corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(corpus.parent)
    run = shutil.copytree(runs[1], tmp_path / "run")
    (run / "scores.json").unlink()
    text = report([run], tmp_path / "report.html", clips=0).read_text(encoding="utf-8")
    assert str(corpus.parent) not in text.replace(str(tmp_path), "")
    assert "--corpus corpus" in text
    assert f"corpus = {json.dumps('corpus')}" in unescape(text)


def test_equal_runs_give_equal_bytes_and_pairs_are_optional(
    runs: list[Path], tmp_path: Path
) -> None:
    one, two = (report(runs[1:], tmp_path / name, clips=0) for name in ("a.html", "b.html"))
    assert one.read_bytes() == two.read_bytes()
    assert Page(one.read_text()).wavs == []


def test_a_corpus_without_a_varying_static_factor_has_a_report_without_swaps(
    tmp_path: Path, train_small: Train
) -> None:
    generate(DMelodies(count=16, instruments=("violin",)), tmp_path / "corpus")
    run = train_small("dsae", tmp_path / "corpus", tmp_path / "run")
    text = report([run], tmp_path / "report.html", clips=2).read_text()
    assert Page(text).wavs == []
    assert "No static factor varies" in text


def test_scores_are_made_again_only_when_they_are_not_the_runs_own(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(run_scores, "evaluate", lambda run, **_: asked.append(run) or {})
    run = shutil.copytree(runs[1], tmp_path / "run")
    gather([run])
    assert asked == []
    scores = run / "scores.json"
    whole = json.loads(scores.read_text())
    for about in ({"epoch": 1}, {"corpus_id": "another"}, {"checkpoint_sha256": "another"}):
        write_scores(scores, whole | {"computed_from": whole["computed_from"] | about})
        gather([run])
    rows = {name: about for name, about in whole["rows"].items() if name != "f1_local"}
    write_scores(scores, whole | {"rows": rows})  # as a version without this score wrote it
    gather([run])
    scores.write_text(scores.read_text().replace("f1_input", "f1_inout", 1))
    gather([run])
    scores.unlink()
    gather([run])
    assert asked == [run] * 6


def own_scores(run: Path, folder: Path, **changes: Any) -> Path:
    """Write scores as somebody's own model has them: without a model, and without f1_local."""
    result = read_scores(run / "scores.json")
    for row in result["factors"].values():
        row.pop("f1_local")
    result["scores"] |= {"instrument/f1_local": None, "own_score": 0.5, "counterfactual_error": 0.1}
    result["rows"]["own_score"] = {"version": 1, "floor": 0, "ceiling": 1}
    result["scores"]["reconstruction_mse_standardised"] = 0.1
    result["computed_from"] |= {"name": "my model"} | changes
    folder.mkdir()
    write_scores(folder / "scores.json", result)
    return folder


def test_scores_of_ones_own_model_stand_beside_runs(runs: list[Path], tmp_path: Path) -> None:
    own = own_scores(runs[1], tmp_path / "mine")
    text = report([own, runs[0]], tmp_path / "report.html", clips=1).read_text(encoding="utf-8")
    page = Page(text)
    assert page.texts[page.texts.index("dsounds report") + 2] == "my model, a<b>&c"
    shown = [(name, value) for name, value in page.scores if name in ("f1_input", "own_score")]
    expected = [read_scores(run / "scores.json")["scores"] for run in (runs[1], runs[0])]
    assert shown == [
        ("f1_input", expected[0]["instrument/f1_input"]),
        ("f1_input", expected[1]["instrument/f1_input"]),
        ("own_score", 0.5),
    ]
    assert "◐ cannot be judged" in page.texts
    assert len([name for name, _ in page.scores if name == "f1_local"]) == 1
    assert "-" in page.texts
    assert len(page.wavs) == 2 + 4 + 4  # the run's swaps alone
    assert f"dsounds report {own} " in "".join(page.texts)


def test_scores_of_other_clips_are_refused(runs: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    for key in ("corpus_id", "split", "part", "features"):
        own = own_scores(runs[1], tmp_path / key, **{key: "another"})
        with pytest.raises(DsoundsError, match=f"{key} 'another'.*cannot be compared"):
            report([runs[0], own], out)
    with pytest.raises(DsoundsError, match="name at least one run folder"):
        report([own], out)
    (own / "scores.json").write_text("{")
    with pytest.raises(DsoundsError, match="is damaged"):
        report([runs[0], own], out)
    assert not out.exists()


def test_bad_input_is_refused_before_the_work(
    runs: list[Path], corpus: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report.html"
    file = tmp_path / "file"
    file.touch()
    bare = tmp_path / "bare"
    bare.mkdir()
    shutil.copy(runs[0] / "config.toml", bare)
    for message, given, to, clips in (
        ("no run is given", [], out, 1),
        ("is given twice", [runs[0], runs[0]], out, 1),
        ("no run folder", [tmp_path / "nothing"], out, 1),
        ("has no checkpoint", [runs[0], bare], out, 1),
        ("is a folder", runs, tmp_path, 1),
        ("cannot write into", runs, file / "report.html", 1),
        ("validation clips", runs, out, 1000),
        ("at least 0", runs, out, -1),
    ):
        with pytest.raises(DsoundsError, match=message):
            report(given, to, clips=clips)
    assert not out.exists()


def test_runs_of_different_corpora_are_refused(
    runs: list[Path], tmp_path: Path, train_small: Train
) -> None:
    generate(DMelodies(count=16, seed=1), tmp_path / "corpus")
    other = train_small("dsae", tmp_path / "corpus", tmp_path / "other")
    with pytest.raises(DsoundsError, match="different corpora"):
        report([runs[0], other], tmp_path / "report.html")


def test_runs_by_different_splits_are_refused(runs: list[Path], tmp_path: Path) -> None:
    config = replace(load_run(runs[0]).config, split="random")
    other = train_on_corpus(config, tmp_path / "other")
    with pytest.raises(DsoundsError, match=r"different splits of the corpus \(its first, random\)"):
        report([runs[0], other], tmp_path / "report.html")


def test_runs_of_one_name_are_told_apart(runs: list[Path], tmp_path: Path) -> None:
    same = shutil.copytree(runs[1], tmp_path / "dsae")
    entries, _ = gather([runs[1], same])
    assert [entry.name for entry in entries] == [str(runs[1]), str(same)]
