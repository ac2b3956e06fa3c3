"""Many runs at once: as by hand, resumed after a kill, and one that fails does not stop others."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dsounds.datasets import Corpus, DMelodies, open_corpus
from dsounds.datasets.generation.executors import engine_for
from dsounds.datasets.generation.retry import retried
from dsounds.errors import DsoundsError
from dsounds.train.experiments.engine import complain, cost, run_all
from dsounds.train.experiments.job import Job, Outcome, job_of, scores_there
from dsounds.train.experiments.variant import Variant, jobs_of
from dsounds.train.fitting import run_data
from dsounds.train.fitting.run import load_run, train_on_corpus
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.scores.evaluate import evaluate
from dsounds.train.scores.registry import QUICK
from dsounds.train.settings.config import RunConfig
from dsounds.train.settings.presets import configure


def config(corpus: Corpus, tiny: dict[str, Any], seed: int = 0, **changes: Any) -> RunConfig:
    own = tiny | {"threads": 1} | changes
    return configure("ts-dsae", str(corpus.folder), corpus_id=corpus.id, seed=seed, **own)


class Killed(BaseException):
    """Stands for a kill: nothing in the trainer may catch it."""


def killed(settings: RunConfig, folder: Path) -> None:
    """Train a run that is killed in its second epoch."""
    whole = TrainingModule.training_step

    def training_step(self: TrainingModule, number: int) -> torch.Tensor:
        if self.current_epoch == 1:
            raise Killed
        return whole(self, number)

    with pytest.MonkeyPatch.context() as patch, suppress(Killed):
        patch.setattr(TrainingModule, "training_step", training_step)
        train_on_corpus(settings, folder)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(folder / "last.ckpt", weights_only=True)
    return state["state_dict"]  # type: ignore[return-value]


@pytest.mark.process
def test_runs_are_those_made_by_hand_a_killed_one_is_resumed_and_a_bad_one_is_named(
    small: Corpus,
    tiny: dict[str, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    no_work: Callable[[], None],
) -> None:
    some = ("mig", "reconstruction_mse")
    fresh, begun = config(small, tiny, 0), config(small, tiny, 1)
    killed(begun, tmp_path / "begun")
    assert not (tmp_path / "begun" / "best.ckpt").exists()
    killed(config(small, tiny, 2), tmp_path / "bad")
    other = config(small, tiny, 2, learning_rate=1e-3)
    jobs = [
        job_of("bad", other, tmp_path / "bad", some),
        job_of("fresh", fresh, tmp_path / "fresh", some),
        job_of("begun", begun, tmp_path / "begun", some),
    ]
    capsys.readouterr()
    found = run_all(jobs, workers=1)  # a process of its own, whose imports take the time
    assert list(found) == ["bad", "fresh", "begun"]
    assert "another config (training.learning_rate: 0.003 there, 0.001 now)" in found["bad"].error
    assert found["bad"].scores is None
    shown = capsys.readouterr().err
    assert f"failed: bad: {found['bad'].error}" in shown
    assert "runs 3/3" in shown
    assert "epoch" not in shown  # lines of the runs themselves
    for name, settings in (("fresh", fresh), ("begun", begun)):
        hand = train_on_corpus(settings, tmp_path / f"{name} by hand")
        assert evaluate(hand, only=some)["scores"] == found[name].scores["scores"]
        made = weights(tmp_path / name)
        assert all(torch.equal(made[key], value) for key, value in weights(hand).items())
    with pytest.raises(DsoundsError, match=r"1 of 3 runs failed \(bad: .*the same command"):
        complain(list(found.values()))

    no_work()
    assert run_all(jobs[1:])["fresh"].scores == found["fresh"].scores


def test_what_is_not_finished_or_not_of_today_is_done_again(
    small: Corpus, tiny: dict[str, Any], tmp_path: Path, here: None
) -> None:
    settings = config(small, tiny)
    job = job_of("one", settings, tmp_path / "one")
    assert scores_there(job) is None
    train_on_corpus(settings, job.folder)
    assert scores_there(job) is None  # not scored yet
    scores = run_all([job])["one"].scores
    assert scores == scores_there(job)
    assert scores_there(job_of("one", config(small, tiny, z_dim=5), job.folder)) is None
    file = job.folder / "scores.json"
    whole = file.read_text()
    file.write_text(whole.replace('"mig"', '"gim"'))  # edited: its checksum is wrong
    assert scores_there(job) is None
    assert run_all([job])["one"].scores["scores"] == scores["scores"]
    assert file.read_text() == whole


def test_scores_that_are_asked_for_are_added(
    small: Corpus, tiny: dict[str, Any], tmp_path: Path, here: None
) -> None:
    settings, folder = config(small, tiny), tmp_path / "one"
    quick, more = (job_of("one", settings, folder, asked) for asked in ((QUICK,), ("sap", QUICK)))
    first = run_all([quick])["one"].scores
    assert "sap_v" not in first["scores"]
    assert scores_there(more) is None
    second = run_all([more])["one"].scores
    assert 0 <= second["scores"]["sap_v"] <= 1
    assert second["scores"].items() >= first["scores"].items()
    assert scores_there(quick) == scores_there(more) == second  # more than is asked for is no harm


def test_a_run_of_other_epochs_is_not_taken_for_one_of_these(
    small: Corpus, tiny: dict[str, Any], tmp_path: Path, here: None
) -> None:
    def job(**changes: Any) -> Job:
        return job_of("one", config(small, tiny, **changes), tmp_path / "one")

    run_all([job(epochs=3)])
    assert scores_there(job(epochs=2)) is None
    said = run_all([job(epochs=2)])["one"].error
    assert "has made 3 epochs already, and epochs is 2" in said
    assert scores_there(job(epochs=4)) is None
    run_all([job(epochs=4)])
    assert load_run(tmp_path / "one").config.training.epochs == 4
    assert scores_there(job(epochs=4))["computed_from"]["finished"]


def test_a_run_is_found_again_however_its_split_and_initial_were_given(
    small: Corpus,
    tiny: dict[str, Any],
    tmp_path: Path,
    here: None,
    no_work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    train_on_corpus(config(small, tiny), Path("first"))
    variant = Variant("ts-dsae", {}, tiny | {"initial": "first"}, split=small.splits[0])
    jobs = jobs_of([variant], [0], {"": small}, tmp_path)
    scores = [one.scores for one in run_all(list(jobs.values())).values()]
    assert scores != [None]
    no_work()
    assert [one.scores for one in run_all(list(jobs.values())).values()] == scores


def test_a_run_on_a_large_corpus_without_a_folder_is_found_again(
    tiny: dict[str, Any], small_recipe: DMelodies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_data, "STREAMED_EPOCH", 8)
    corpus = open_corpus(small_recipe)
    (job,) = jobs_of([Variant("ts-dsae", {}, tiny)], [0], {"": corpus}, Path("out")).values()
    assert job.config.training.epoch_clips == 8


def test_longer_runs_come_first(small: Corpus, tiny: dict[str, Any], tmp_path: Path) -> None:
    def job(**changes: Any) -> Job:
        return job_of("a", config(small, tiny, **changes), tmp_path)

    costs = [cost(job(epochs=e)) for e in (3, 4)] + [cost(job(epochs=4, local_encoder="full"))]
    assert costs == sorted(costs)
    assert len(set(costs)) == 3
    convolutional = job(epochs=4, local_encoder="convolutional", encoder_hidden=(4, 4))
    assert cost(convolutional) == costs[1]
    assert cost(job(epochs=4, decoder="taps")) > costs[1]


def test_what_cannot_be_done_is_refused_first(
    small: Corpus, tiny: dict[str, Any], tmp_path: Path
) -> None:
    job = job_of("one", config(small, tiny), tmp_path / "one")
    with pytest.raises(DsoundsError, match="workers is 0: at least 1"):
        run_all([job], workers=0)
    with pytest.raises(DsoundsError, match="two runs have one name"):
        run_all([job, replace(job, folder=tmp_path)])
    with pytest.raises(DsoundsError, match="no Dask scheduler answers"):
        run_all([job], scheduler="tcp://127.0.0.1:9")
    assert not job.folder.exists()
    assert run_all([]) == {}


def test_a_job_trains_on_one_thread(small: Corpus, tiny: dict[str, Any], tmp_path: Path) -> None:
    job = job_of("one", config(small, tiny, threads=4), tmp_path)
    assert job.config.training.threads == 1


def test_all_is_well_without_failures() -> None:
    complain([Outcome("a", {}), Outcome("b", {})])


@pytest.mark.process
def test_an_interrupt_ends_workers_that_are_busy() -> None:
    results = retried(engine_for(2, threads=False), time.sleep, [0, 600, 600])
    next(results)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt())
    assert time.monotonic() - start < 60


@pytest.mark.process
@pytest.mark.slow
def test_workers_of_a_dask_cluster_make_the_same_runs(
    small: Corpus, tiny: dict[str, Any], tmp_path: Path
) -> None:
    from distributed import LocalCluster

    settings = config(small, tiny)
    jobs = [job_of("one", settings, tmp_path / "one"), job_of("bad", settings, small.folder)]
    with LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as opened:
        found = run_all(jobs, scheduler=opened.scheduler_address)
    assert "exists and is no run folder" in found["bad"].error
    hand = train_on_corpus(settings, tmp_path / "by hand")
    assert found["one"].scores["scores"] == evaluate(hand)["scores"]
