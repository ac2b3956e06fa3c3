"""DMIG of true factors is 1 within its interval however they depend on each other; MIG is not."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from dsounds.cli import main
from dsounds.datasets import Corpus, open_corpus
from dsounds.datasets.reading.sound import Sound
from dsounds.errors import DsoundsError
from dsounds.train.experiments import dmig_rho
from dsounds.train.experiments.experiment import EXPERIMENTS, Experiment
from dsounds.train.experiments.results import Result
from dsounds.train.experiments.variant import Variant

PAIR = ("tilt", "hnr")
ROW = dmig_rho.EXPERIMENT


def corpus(rho: float, count: int = 600) -> Corpus:
    """Return a small corpus of tones, of which half is scored."""
    plan = ROW.corpora[dmig_rho.corpus_name(PAIR, rho)]
    return open_corpus(plan.made(count=count))


def run(rho: float) -> Result:
    variant = next(v for v in ROW.variants if v.settings == {"factors": PAIR, "rho": rho})
    return Result(variant, 0, {"scores": {}})


@pytest.mark.parametrize("rho", [0.0, 0.6, 0.9, 0.95])
def test_dmig_is_1_and_mig_its_bound(rho: float) -> None:
    found = dmig_rho.measure(run(rho), corpus(rho))
    for key in ("dmig", "dlig"):
        assert found[f"{key}_low"] <= 1 <= found[f"{key}_high"], key
    assert found["dmig_default"] == pytest.approx(1, abs=1e-6)
    if rho:
        assert found["mig_high"] < 1
    clips = (one := corpus(rho)).split("test")
    counts = one.joint(*PAIR, clips) / len(clips)
    own, other, both = (
        -np.sum(p[p > 0] * np.log(p[p > 0])) for p in (counts.sum(1), counts.sum(0), counts)
    )
    bound = ((both - other) / own + (both - own) / other) / 2  # H(a | b) / H(a), and the reverse
    assert found["mig"] == pytest.approx(bound, abs=0.04)
    assert found["xmig"] > 0.9


def test_the_intervals_are_neither_empty_nor_everything() -> None:
    found = dmig_rho.measure(run(0.9), corpus(0.9))
    assert 0.05 < found["dmig_high"] - found["dmig_low"] < 1.5
    assert found["mig_low"] < found["mig"] < found["mig_high"] < 0.5 < found["dmig_low"]


def test_the_entropy_of_all_clips_is_not_that_of_the_part() -> None:
    """What DMIG is divided by decides its error, to the digit."""
    one = corpus(0.95)
    found, clips = dmig_rho.measure(run(0.95), one), one.split("test")
    part, whole = (
        dmig_rho.conditional(one.joint(*PAIR, chosen), *PAIR) for chosen in (clips, None)
    )
    assert part.keys() == whole.keys() == {PAIR, PAIR[::-1]}
    assert abs(part[PAIR] / whole[PAIR] - 1) > 0.05
    assert found["dmig_declared"] != pytest.approx(found["dmig"], abs=0.03)
    # Both factors have as many classes, so both gaps are nearly alike.
    ratio = np.mean([part[pair] / whole[pair] for pair in part])
    assert found["dmig_declared"] == pytest.approx(found["dmig"] * ratio, rel=0.02)


def test_an_entropy_stands_at_its_own_pair() -> None:
    """The first factor has four classes, of which the second one leaves two open."""
    known = dmig_rho.conditional(np.array([[5, 0], [5, 0], [0, 5], [0, 5]]), "a", "b")
    assert known == pytest.approx({("a", "b"): np.log(2), ("b", "a"): 0.0})


def test_a_wrong_code_has_no_dmig_of_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both dimensions exchanged: each tells of the other factor, and DMIG is at -1."""
    one, own = corpus(0.6), Corpus.labels

    def exchanged(self: Corpus, clips: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        classes, values = own(self, clips)
        columns = [self.space.column(name) for name in PAIR]
        values = values.copy()
        values[:, columns] = values[:, columns[::-1]]
        return classes, values

    monkeypatch.setattr(Corpus, "labels", exchanged)
    assert dmig_rho.measure(run(0.6), one)["dmig"] == pytest.approx(-1, abs=0.1)


def test_the_corpora_have_the_rho_of_their_variants() -> None:
    assert {v.settings["rho"] for v in ROW.variants} >= {0.0, 0.95}
    for variant in ROW.variants:
        recipe = ROW.corpora[variant.corpus].made(seed=1)
        assert (recipe.rho, recipe.correlate) == (
            variant.settings["rho"],
            variant.settings["factors"],
        )


# reproduced, without training


def short() -> Experiment:
    """Return the experiment with two corpora of few clips."""
    variants = tuple(v for v in ROW.variants if v.settings["factors"] == PAIR)[::6]
    corpora = {
        v.corpus: replace(
            ROW.corpora[v.corpus], changes=ROW.corpora[v.corpus].changes | {"count": 800}
        )
        for v in variants
    }
    return replace(ROW, variants=variants, corpora=corpora)


def test_it_is_reproduced_without_sound_and_gives_the_same_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_sound(*_: object) -> None:
        raise AssertionError("a clip is rendered")

    monkeypatch.setattr(Sound, "render", no_sound)
    monkeypatch.setattr(dmig_rho, "BOOTSTRAPS", 20)
    monkeypatch.setattr(EXPERIMENTS, "load", lambda name: short())
    command = ["reproduce", "own:ROW", "--seeds", "2", "--out", str(tmp_path)]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "DMIG holds 1 on 4 of 4 corpora, that of MIG on 2." in shown
    assert "| tilt-hnr-0.95 | oracle | 0.95 | 2 | 0.1" in shown
    files = {path.name for path in tmp_path.iterdir() if path.suffix}
    assert files == {"table.md", "results.json", "results.csv", "figure.png"}
    assert imread(tmp_path / "figure.png")[..., :3].std() > 0.05
    runs = json.loads((tmp_path / "results.json").read_text())["runs"]
    assert len({run["corpus_id"] for run in runs}) == 4  # each seed draws other clips
    before = {path: path.read_bytes() for path in tmp_path.glob("*.*")}
    assert main(command) == 0
    assert all(path.read_bytes() == content for path, content in before.items())


def test_an_experiment_that_does_nothing_is_refused() -> None:
    with pytest.raises(DsoundsError, match="nothing is trained and nothing measured"):
        Experiment("", "", {}, (), 1, lambda _: "", trained=False)
    with pytest.raises(DsoundsError, match="which is not among"):
        replace(ROW, variants=(Variant("oracle", corpus="other"),))
