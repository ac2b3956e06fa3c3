"""Runs that several processes share: what is agreed on, and one real run of two under torchrun."""

import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.fitting import processes
from dsounds.train.fitting.data import Known, data_of
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.processes import Process, agreed, lost_processes, this_process
from dsounds.train.fitting.run import train
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.family import DataShape
from dsounds.train.models.networks.gaussians import Gaussian
from dsounds.train.settings.presets import configure

TRAIN, VALIDATION = np.arange(23), np.arange(23, 36)
SETTINGS = {
    "epochs": 4,
    "stage1_epochs": 2,
    "batch_size": 10,
    "encoder_hidden": (8,),
    "decoder_hidden": (8,),
    "transition_hidden": 6,
    "threads": 1,
}
# Every process runs this. What is shown to one rank alone is written to a file of its own.
JOB = """
    import os, sys
    from pathlib import Path

    import numpy as np
    import torch

    from dsounds.errors import DsoundsError
    from dsounds.train.fitting.run import train
    from dsounds.train.fitting.training_module import TrainingModule
    from dsounds.train.models.networks.gaussians import Gaussian
    from dsounds.train.settings.presets import configure

    out, rank = Path(sys.argv[1]), os.environ["RANK"]
    x, settings = np.load(out / "x.npy"), {settings!r}
    run = lambda name, family, **own: train(
        configure(family, **settings | own), x, np.arange(23), np.arange(23, 36), out / name
    )

    def keep(name):
        def end(module):
            torch.save(module.model.state_dict(), out / f"{{name}}-{{rank}}.pt")
        TrainingModule.on_train_end = end

    decay = dict(schedule="cosine", warmup_steps=3, gradient_norm=7.0)
    keep("whole")
    run("whole", "ts-dsae", **decay)

    class Killed(BaseException):
        pass

    step = TrainingModule.training_step

    def killed(module, number):
        if module.current_epoch == 2 and number == 1:
            raise Killed
        return step(module, number)

    TrainingModule.training_step = killed
    try:
        run("resumed", "ts-dsae", **decay)
    except Killed:
        pass
    TrainingModule.training_step = step
    keep("resumed")
    run("resumed", "ts-dsae", **decay)
    keep("bt")
    run("bt", "bt-dsae", batch_size=23)
    del TrainingModule.on_train_end

    def kept(module, optimizer):
        grads = {{n: p.grad.clone() for n, p in module.model.named_parameters()}}
        torch.save(grads, out / f"grads-{{rank}}.pt")

    TrainingModule.on_before_optimizer_step = kept
    sample, Gaussian.sample = Gaussian.sample, lambda own, generator: own.mean
    run("grads", "dsae", epochs=1, batch_size=100)
    Gaussian.sample = sample
    del TrainingModule.on_before_optimizer_step

    terms = TrainingModule._terms

    def failing(module, *given):
        if rank == "1" and module.current_epoch == 1:
            raise DsoundsError("this one fails")
        return terms(module, *given)

    TrainingModule._terms = failing
    try:
        run("failed", "ts-dsae")
    except DsoundsError as error:
        (out / f"error-{{rank}}.txt").write_text(str(error))
"""


def log_mel() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((36, 16, 12)).astype(np.float32)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes of torchrun made."""
    out = tmp_path_factory.mktemp("shared")
    np.save(out / "x.npy", log_mel())
    (out / "job.py").write_text(textwrap.dedent(JOB).format(settings=SETTINGS))
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *torchrun, str(out / "job.py"), str(out)],
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    (out / "printed.txt").write_text(done.stderr)
    return out


def loaded(out: Path, name: str, rank: int) -> dict[str, torch.Tensor]:
    return torch.load(out / f"{name}-{rank}.pt", weights_only=True)


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.slow
@pytest.mark.process
def test_two_processes_end_with_equal_weights_and_write_once(shared: Path) -> None:
    assert same(loaded(shared, "whole", 0), loaded(shared, "whole", 1))
    stored = torch.load(shared / "whole" / "last.ckpt", weights_only=True)["state_dict"]
    assert same(
        {f"model.{key}": value for key, value in loaded(shared, "whole", 1).items()}, stored
    )
    names = {path.name for path in (shared / "whole").iterdir()}
    assert names - {"tensorboard"} == {"config.toml", "metrics.csv", "best.ckpt", "last.ckpt"}
    assert [row["epoch"] for row in read_metrics(shared / "whole" / "metrics.csv")] == list("1234")
    printed = (shared / "printed.txt").read_text()
    assert printed.count("ts-dsae stage 1/2  epoch 1/4") == 3  # whole, resumed, failed
    assert "Tip" not in printed


@pytest.mark.slow
@pytest.mark.process
def test_each_process_draws_crops_of_its_own_and_they_end_with_equal_weights(shared: Path) -> None:
    assert same(loaded(shared, "bt", 0), loaded(shared, "bt", 1))
    assert [row["stage"] for row in read_metrics(shared / "bt" / "metrics.csv")] == list("1122")


@pytest.mark.slow
@pytest.mark.process
def test_two_processes_resume_to_the_same_bits(shared: Path) -> None:
    assert same(loaded(shared, "resumed", 0), loaded(shared, "whole", 0))
    rows = [
        [{**row, "seconds": ""} for row in read_metrics(shared / name / "metrics.csv")]
        for name in ("whole", "resumed")
    ]
    assert rows[0] == rows[1]


@pytest.mark.slow
@pytest.mark.process
def test_without_noise_the_gradient_is_that_of_one_process(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """23 clips: the shares differ in size."""
    grads: dict[str, torch.Tensor] = {}

    def kept(self: TrainingModule, optimizer: object) -> None:
        grads.update({n: p.grad.clone() for n, p in self.model.named_parameters()})

    monkeypatch.setattr(TrainingModule, "on_before_optimizer_step", kept)
    monkeypatch.setattr(Gaussian, "sample", lambda own, generator: own.mean)
    config = configure("dsae", **SETTINGS | {"epochs": 1, "batch_size": 100})
    train(config, log_mel(), TRAIN, VALIDATION, tmp_path / "run")
    together = loaded(shared, "grads", 0)
    assert same(together, loaded(shared, "grads", 1))
    for name, grad in grads.items():
        torch.testing.assert_close(together[name], grad, rtol=1e-4, atol=1e-5)
    alone, shared_row = (
        read_metrics(folder / "metrics.csv")[0] for folder in (tmp_path / "run", shared / "grads")
    )
    for name in ("train_loss", "train_kl_z", "validation_elbo"):
        near = 1e-4 if name.startswith("train") else 1e-2  # Adam's first step is one of signs
        assert float(shared_row[name]) == pytest.approx(float(alone[name]), rel=near)


@pytest.mark.slow
@pytest.mark.process
def test_one_process_that_fails_ends_the_other_in_one_line(shared: Path) -> None:
    assert (shared / "error-1.txt").read_text() == "this one fails"
    other = (shared / "error-0.txt").read_text()
    assert "process 0 of 2 has lost another one" in other
    assert "\n" not in other


def test_without_torchrun_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "4")  # of somebody else
    assert this_process() == Process()
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "x")
    for name, value in (("RANK", "3"), ("LOCAL_RANK", "1"), ("LOCAL_WORLD_SIZE", "2")):
        monkeypatch.setenv(name, value)
    assert this_process() == Process(3, 4, 1, 2)
    assert not this_process().writes


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("size", [6, 7, 32])
def test_shares_are_a_batch_and_none_is_of_one_clip(count: int, size: int) -> None:
    data = data_of(log_mel(), TRAIN, VALIDATION)
    settings = configure("ts-dsae", **SETTINGS | {"batch_size": size})
    model = settings.row.new_model(settings.model, DataShape(12))
    module = TrainingModule(model, settings, data, Process(0, count))
    for clips in range(2 * count, 40):
        for batch in torch.arange(clips).tensor_split(len(module.steps(clips))):
            shares = [Process(rank, count).share(batch) for rank in range(count)]
            assert min(map(len, shares)) >= 2
            assert sorted(torch.cat(shares).tolist()) == batch.tolist()


def test_processes_draw_one_order_and_noise_of_their_own() -> None:
    def drawn(rank: int, count: int = 2) -> tuple[list[int], list[int]]:
        settings = configure("dsae", **SETTINGS)
        data = data_of(log_mel(), TRAIN, VALIDATION)
        model = settings.row.new_model(settings.model, DataShape(12))
        module = TrainingModule(model, settings, data, Process(rank, count))
        module.on_train_epoch_start()
        noise = torch.randint(10**9, (4,), generator=module.generator)
        return torch.cat(list(module.batches)).tolist(), noise.tolist()

    (one, noise), (other, other_noise) = drawn(0), drawn(1)
    assert one == other
    assert noise != other_noise
    assert drawn(0, count=1) == (one, noise)


@pytest.mark.parametrize(
    ("failed", "rank", "raised"),
    [
        ([False, False], 0, None),
        ([False, True], 0, SystemExit),
        ([True, True], 1, SystemExit),
        ([False, True], 1, DsoundsError),
    ],
)
def test_one_process_tells_what_is_wrong_and_all_end(
    failed: list[bool],
    rank: int,
    raised: type[BaseException] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gather(found: list, own: bool) -> None:
        assert own == failed[rank]
        found[:] = failed

    monkeypatch.setattr(processes.distributed, "all_gather_object", gather)

    def block() -> None:
        with agreed(Process(rank, 2)):
            if failed[rank]:
                raise DsoundsError("wrong")

    if raised is None:
        block()
    else:
        with pytest.raises(raised):
            block()


@pytest.mark.parametrize(
    ("count", "text", "kind"),
    [
        (2, "[gloo] Connection closed by peer [127.0.0.1]:1", DsoundsError),
        (2, "Timed out waiting 600000ms for recv", DsoundsError),
        (2, "mat1 and mat2 shapes cannot be multiplied", RuntimeError),
        (1, "Connection closed by peer", RuntimeError),
    ],
)
def test_a_lost_process_is_named(count: int, text: str, kind: type[Exception]) -> None:
    with pytest.raises(kind), lost_processes(Process(0, count)):
        raise RuntimeError(text)


@pytest.fixture
def pretend_to_be_one_of_two(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    monkeypatch.setattr("dsounds.train.fitting.run.this_process", lambda: Process(0, 2, 0, 2))
    monkeypatch.setattr("dsounds.train.fitting.run.join", lambda *_: None)
    monkeypatch.setattr(processes.distributed, "all_gather_object", lambda *_: None)


@pytest.mark.usefixtures("pretend_to_be_one_of_two")
def test_batches_that_cannot_be_shared_are_refused(tmp_path: Path) -> None:
    for changes, message in (
        ({"batch_size": 3}, "got batch_size 3, 23 training clips"),
        ({"epoch_clips": 2}, "got batch_size 10, 2 training clips"),
    ):
        config = configure("dsae", **SETTINGS | changes)
        with pytest.raises(DsoundsError, match=message):
            train(config, log_mel(), TRAIN, VALIDATION, tmp_path / "run", Known())
    assert not (tmp_path / "run").exists()


def test_more_processes_than_gpus_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(DsoundsError, match="2 processes on this machine, which has 1 CUDA"):
        processes.join(Process(0, 2, 0, 2), "cuda")
