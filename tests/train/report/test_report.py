"""Reports: complete in one file, true to the scores and the sound, and clear about bad input."""

import io
import json
import shutil
from base64 import b64decode
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from dsounds.datasets import DMelodies, generate, load_recipe, open_corpus
from dsounds.errors import DsoundsError
from dsounds.train.fitting.run import load_run, train_on_corpus
from dsounds.train.fitting.run_data import open_run_data
from dsounds.train.models.interface import Codes
from dsounds.train.report import report
from dsounds.train.report import runs as report_runs
from dsounds.train.report.html import Markup, element
from dsounds.train.report.plane import plane
from dsounds.train.report.runs import gather
from dsounds.train.report.swap_clips import choose_pairs
from dsounds.train.report.words import finding, lead, status, verdict
from dsounds.train.scores.evaluate import evaluate
from dsounds.train.settings.presets import configure

NAMES = ("a<b>&c", "dsae")
SEED = 3


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


def train_small(method: str, corpus: Path, out: Path) -> Path:
    """Train a run of seconds."""
    settings = configure(
        method,
        str(corpus),
        corpus_id=open_corpus(corpus).id,
        epochs=3,
        stage1_epochs=1,
        z_dim=4,
        v_dim=3,
        encoder_hidden=(8,),
        decoder_hidden=(8,),
        transition_hidden=6,
        threads=1,
    )
    return train_on_corpus(settings, out)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "corpus"
    generate(DMelodies(count=32), folder)
    return folder


@pytest.fixture(scope="module")
def runs(corpus: Path) -> list[Path]:
    folders = [corpus.parent / name for name in NAMES]
    for method, folder in zip(("ts-dsae", "dsae"), folders, strict=True):
        train_small(method, corpus, folder)
        evaluate(folder)
    return folders


@pytest.fixture(scope="module")
def text(runs: list[Path]) -> str:
    out = report(runs, runs[0].parent / "new" / "report.html", clips=1, seed=SEED)
    assert not out.with_name("report.html.part").exists()
    return out.read_text(encoding="utf-8")


def test_a_run_on_sinusoids_has_a_report(tmp_path: Path) -> None:
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

    material = open_run_data(gather(runs)[0][0].run.config)
    (i, j), known = choose_pairs(material, 1, SEED)[0], material.corpus
    truth = [sound for sound, _ in sounds[2:6]]
    np.testing.assert_array_equal(truth[0], known.pcm(i)[0])
    np.testing.assert_array_equal(truth[3], known.pcm(j)[0])
    column = known.space.column("instrument")
    for made, melody, other in ((truth[1], i, j), (truth[2], j, i)):
        values = known.values[[melody]]
        values[:, column] = known.values[other, column]
        np.testing.assert_array_equal(made, known.render(values)[0][0])


def test_names_are_text_and_never_markup(text: str, page: Page) -> None:
    assert "<b>&c" not in text
    assert NAMES[0] in page.texts
    assert element("p", "<i>", Markup("<b></b>"), title='"&') == (
        '<p title="&quot;&amp;">&lt;i&gt;<b></b></p>'
    )


def test_the_commands_name_what_was_changed(page: Page) -> None:
    commands = next(data for data in page.texts if data.startswith("dsounds generate"))
    made, first, second, again = commands.splitlines()
    assert "--count 32" in made
    assert "'" in first
    assert "--encoder-hidden 8" in first
    assert "--z-dim 4" in second
    assert f"--seed {SEED}" in again


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
    tmp_path: Path,
) -> None:
    generate(DMelodies(count=16, instruments=("violin",)), tmp_path / "corpus")
    run = train_small("dsae", tmp_path / "corpus", tmp_path / "run")
    text = report([run], tmp_path / "report.html", clips=2).read_text()
    assert Page(text).wavs == []
    assert "No static factor varies" in text


def test_pairs_differ_in_a_static_factor_and_vary(corpus: Path) -> None:
    material = open_run_data(configure("dsae", str(corpus)))
    pairs = choose_pairs(material, 4, seed=1)
    instrument = open_corpus(corpus).classes[:, -1]
    assert all(instrument[i] != instrument[j] for i, j in pairs)
    assert {i for pair in pairs for i in pair} <= set(material.scored)
    assert instrument[pairs[0][0]] != instrument[pairs[1][0]]
    assert pairs == choose_pairs(material, 4, seed=1)


def test_scores_are_made_again_only_when_they_are_not_the_runs_own(
    runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(report_runs, "evaluate", lambda run: asked.append(run) or {})
    run = shutil.copytree(runs[1], tmp_path / "run")
    gather([run])
    assert asked == []
    scores = run / "scores.json"
    whole = json.loads(scores.read_text())
    for about in ({"epoch": 1}, {"corpus_id": "another"}, {"checkpoint": "last.ckpt"}):
        scores.write_text(json.dumps(whole | {"computed_from": whole["computed_from"] | about}))
        gather([run])
    for row in whole["factors"].values():
        del row["f1_random"]  # as an earlier version wrote it
    scores.write_text(json.dumps(whole))
    gather([run])
    scores.write_text("{")
    gather([run])
    scores.unlink()
    gather([run])
    assert asked == [run] * 6


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


def test_runs_of_different_corpora_are_refused(runs: list[Path], tmp_path: Path) -> None:
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


def f1(given: float, swapped: float, local: float, constant: float = 1 / 3) -> dict[str, float]:
    row = {"f1_input": given, "f1_reconstruction": given, "f1_global": swapped, "f1_local": local}
    return row | {"f1_constant": constant, "f1_random": 1 / 2, "classes": 2.0}


def entry(
    error: float | None, effect: float, name: str = "run", missed: float = 0.1, **factors: Any
) -> Any:
    scores = {"reconstruction_mse_standardised": missed}
    scores |= {"counterfactual_error": error, "v_effect": effect, "v_active_units": 3.0}
    scores |= {"counterfactual_mse_unswapped": 16.0, "v_kl_standard": 2.0}
    config = SimpleNamespace(model=SimpleNamespace(v_dim=16))
    run = SimpleNamespace(config=config)
    return SimpleNamespace(name=name, scores=scores, factors=factors, run=run)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (f1(1, 1, 1), "moved"),
        (f1(1, 0, 0), "stuck"),
        (f1(1, 0.5, 0.5), "stuck"),  # what a random guess gets, although a constant one gets 1/3
        (f1(1, 0.8, 1), "part"),
        (f1(0.55, 1, 1), "absent"),
    ],
)
def test_a_factor_is_judged_against_the_better_guess(row: dict[str, float], expected: str) -> None:
    assert status(row) == expected


def test_verdicts_follow_the_numbers() -> None:
    perfect, flattered = entry(0.1, 8, x=f1(1, 1, 1)), entry(0.5, 4, x=f1(1, 1, 1))
    dead, ignored = entry(1, 1e-4, x=f1(1, 0, 0)), entry(1, 3, x=f1(1, 0, 0))
    raw = entry(1, 0, missed=0.9, x=f1(1, 1, 1))
    found = [verdict(one) for one in (perfect, flattered, dead, ignored, entry(None, 3), raw)]
    assert [mark for mark, _ in found] == ["good", "part", "poor", "poor", "part", "poor"]
    assert found[2][1] == "v has collapsed"
    assert found[3][1] == "does not separate"
    assert "flatter" in finding(flattered)
    assert "flatter" not in finding(perfect)
    assert "90\u00a0%" in finding(perfect)
    assert "3 of 16" in finding(dead)
    assert found[5][1] == "has hardly learned"
    assert "0.90 of the variance" in finding(raw)


def test_the_lead_names_the_run_that_is_clearly_ahead() -> None:
    a, b = entry(0.1, 8, "a", x=f1(1, 1, 1)), entry(0.5, 4, "b", x=f1(1, 1, 1))
    assert "a comes nearest" in lead([b, a])
    assert "nearest" not in lead([a, entry(0.12, 8, "c", x=f1(1, 1, 1))])
    assert "nearest" not in lead([a])


class Encoder:
    """v is a matrix times the first frame."""

    def __init__(self, matrix: np.ndarray) -> None:
        self.matrix = torch.from_numpy(matrix.astype(np.float32))

    def encode(self, x: torch.Tensor) -> Codes:
        v = x[:, 0] @ self.matrix
        return Codes(v, v, x, x)

    def decode(self, z: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return z


def test_the_plane_keeps_distances_and_shows_a_collapse() -> None:
    x = np.random.default_rng(0).standard_normal((40, 2, 2)).astype(np.float32)
    itself = plane(Encoder(np.eye(2)), x[:20], x[20:])
    np.testing.assert_allclose(itself.validation, x[20:, 0], atol=1e-6)
    assert itself.labels == ("dimension 1 of v", "dimension 2 of v")
    wide = plane(Encoder(3 * np.eye(2, 5)), x[:20], x[20:])
    np.testing.assert_allclose(
        np.linalg.norm(wide.validation, axis=1), 3 * np.linalg.norm(x[20:, 0], axis=1), rtol=1e-5
    )
    assert wide.reach > np.abs(wide.validation).max()
    for dims in (1, 2, 5):
        collapsed = plane(Encoder(np.zeros((2, dims))), x[:20], x[20:])
        assert collapsed.validation.shape == (20, 2)
        assert (collapsed.variance, collapsed.reach) == (0, 1.5)
