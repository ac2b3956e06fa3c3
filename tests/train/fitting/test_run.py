"""Runs: interrupted and resumed, stopped early, refused, reproduced; and that they learn.

Clips are "melodies" of spectral peaks times one of two spectral envelopes ("instruments").
"""

import hashlib
import os
import platform
import signal
import subprocess
import sys
import textwrap
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.datasets.storage import atomic_files
from dsounds.errors import DsoundsError
from dsounds.train.fitting.data import WEIGHTS, data_of, fingerprint_of, seed_of
from dsounds.train.fitting.metrics_csv import columns_of, csv_text, read_metrics
from dsounds.train.fitting.run import load_run, train
from dsounds.train.fitting.totals import Totals
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.models.dsae.relatives import TERMS
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData
from dsounds.train.scores.evaluation import score
from dsounds.train.settings.config import RunConfig
from dsounds.train.settings.config_file import config_text
from dsounds.train.settings.presets import configure

FRAMES, MEL = 16, 12
TRAIN, VALIDATION = np.arange(24), np.arange(24, 36)
C, EPOCHS = 3, 6


def melodies(n: int = 36, frames: int = FRAMES, mel: int = MEL) -> tuple[np.ndarray, np.ndarray]:
    """Return log-mel (n, frames, mel) float32 and the instrument of each clip."""
    rng = np.random.default_rng(0)
    instrument = np.arange(n) % 2
    envelope = np.stack([np.linspace(0, -6, mel), 2 * np.cos(np.arange(mel))])
    pitch = np.repeat(rng.integers(0, mel, (n, frames // 4)), 4, axis=1)  # (n, frames)
    peaks = 6 * np.exp(-0.5 * (np.arange(mel) - pitch[..., None]) ** 2)
    noise = 0.1 * rng.standard_normal((n, frames, mel))
    return (peaks + envelope[instrument][:, None] + noise - 2).astype(np.float32), instrument


def config(name: str = "ts-dsae", **changes) -> RunConfig:
    small = {
        "epochs": EPOCHS,
        "stage1_epochs": C,
        "batch_size": 10,
        "z_dim": 4,
        "v_dim": 3,
        "encoder_hidden": (8,),
        "decoder_hidden": (8,),
        "transition_hidden": 6,
        "threads": 1,
    }
    return configure(name, **(small | changes))


def run(out: Path, settings: RunConfig | None = None) -> Path:
    return train(settings or config(), melodies()[0], TRAIN, VALIDATION, out)


def checkpoint(out: Path, name: str = "last.ckpt") -> dict:
    return torch.load(out / name, weights_only=True)


def weights(out: Path, piece: str = "", name: str = "last.ckpt") -> dict[str, torch.Tensor]:
    state = checkpoint(out, name)["state_dict"]
    return {key: value for key, value in state.items() if key.startswith(f"model.{piece}")}


def equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


def rows(out: Path) -> list[dict[str, str]]:
    """Return metrics.csv without the one column that may differ between equal runs."""
    return [{**row, "seconds": ""} for row in read_metrics(out / "metrics.csv")]


class Killed(BaseException):
    """Stands for a kill: nothing in the trainer may catch it."""


def killed_in_epoch(monkeypatch: pytest.MonkeyPatch, epoch: int, step: int = 1) -> None:
    """Kill the run in a step of an epoch (from 1), when a part of the epoch's steps is made."""
    whole = TrainingModule.training_step

    def training_step(self: TrainingModule, number: int) -> torch.Tensor:
        if self.current_epoch + 1 == epoch and number == step:
            raise Killed
        return whole(self, number)

    monkeypatch.setattr(TrainingModule, "training_step", training_step)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing interrupted."""
    return run(tmp_path_factory.mktemp("runs") / "whole")


def test_a_run_folder_holds_what_it_should(whole: Path) -> None:
    names = {path.name for path in whole.iterdir()} - {"tensorboard"}
    assert names == {"config.toml", "metrics.csv", "best.ckpt", "last.ckpt"}
    made = rows(whole)
    assert [row["epoch"] for row in made] == ["1", "2", "3", "4", "5", "6"]
    assert [row["stage"] for row in made] == ["1", "1", "1", "2", "2", "2"]
    for part in ("train", "validation"):
        assert made[0][f"{part}_kl_z"] == made[0][f"{part}_global_v"] == ""
        assert float(made[-1][f"{part}_kl_z"]) > 0
        assert float(made[-1][f"{part}_loss"]) > -float(made[-1][f"{part}_elbo"])
    opened = load_run(whole)
    assert (opened.stage, opened.finished, opened.checkpoint.name) == (2, True, "best.ckpt")
    assert opened.config == config()


def test_best_is_the_epoch_of_the_last_stage_with_the_best_eq_2(whole: Path) -> None:
    last_stage = [row for row in rows(whole) if row["stage"] == "2"]
    best = max(last_stage, key=lambda row: float(row["validation_elbo"]))
    about = checkpoint(whole, "best.ckpt")["dsounds"]
    assert about["epoch"] == int(best["epoch"])
    assert about["validation_elbo"] == pytest.approx(float(best["validation_elbo"]), rel=1e-5)


@pytest.mark.parametrize("epoch", [1, 2, C, C + 1, C + 2, EPOCHS])
def test_a_resumed_run_ends_as_if_uninterrupted(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch: int
) -> None:
    out = tmp_path / "run"
    with monkeypatch.context() as patch:
        killed_in_epoch(patch, epoch)
        with pytest.raises(Killed):
            run(out)
    assert len(rows(out)) == epoch - 1
    made, step = [], TrainingModule.training_step
    with monkeypatch.context() as patch:
        patch.setattr(
            TrainingModule,
            "training_step",
            lambda own, n: (made.append(own.current_epoch + 1), step(own, n))[1],
        )
        run(out)
    assert min(made) == epoch
    for name in ("last.ckpt", "best.ckpt"):
        assert equal(weights(out, name=name), weights(whole, name=name))
    assert rows(out) == rows(whole)
    ours, theirs = checkpoint(out), checkpoint(whole)
    assert ours["dsounds"] == theirs["dsounds"]
    moments, expected = (c["optimizer_states"][0]["state"] for c in (ours, theirs))
    assert all(torch.equal(moments[k]["exp_avg"], expected[k]["exp_avg"]) for k in expected)


def test_a_run_with_some_clips_an_epoch_resumes_as_if_uninterrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = config(epoch_clips=16)
    seen: dict[int, list[torch.Tensor]] = {}
    begin = TrainingModule.on_train_epoch_start

    def noted(own: TrainingModule) -> None:
        begin(own)
        seen[own.current_epoch] = list(own.batches)

    monkeypatch.setattr(TrainingModule, "on_train_epoch_start", noted)
    run(tmp_path / "whole", settings)
    epochs = [torch.cat(batches).tolist() for batches in seen.values()]
    assert all(len(clips) == len(set(clips)) == 16 for clips in epochs)
    assert len({tuple(sorted(clips)) for clips in epochs}) == EPOCHS
    with monkeypatch.context() as patch:
        killed_in_epoch(patch, C + 1)
        with pytest.raises(Killed):
            run(tmp_path / "killed", settings)
    run(tmp_path / "killed", settings)
    assert equal(weights(tmp_path / "killed"), weights(tmp_path / "whole"))
    assert rows(tmp_path / "killed") == rows(tmp_path / "whole")


def test_more_clips_an_epoch_than_there_are_is_all(whole: Path, tmp_path: Path) -> None:
    assert equal(weights(run(tmp_path / "run", config(epoch_clips=1000))), weights(whole))


@pytest.mark.parametrize("name", ["best.ckpt", "last.ckpt"])
def test_a_kill_while_a_checkpoint_is_written_breaks_nothing(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    out, real, written = tmp_path / "run", atomic_files.commit, []

    def commit(path: Path) -> None:
        written.append(path.name)
        if path.name == name and written.count(name) == 2:
            atomic_files.temporary_path(path).write_bytes(b"half")
            raise Killed
        real(path)

    with monkeypatch.context() as patch:
        patch.setattr(atomic_files, "commit", commit)
        with pytest.raises(Killed):
            run(out)
    assert checkpoint(out)["dsounds"]["finished"] is False
    run(out)
    assert equal(weights(out), weights(whole))
    assert equal(weights(out, name="best.ckpt"), weights(whole, name="best.ckpt"))
    assert rows(out) == rows(whole)


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    out, short = tmp_path / "run", config(epochs=1, stage1_epochs=0)
    left = f"last.ckpt.{platform.node()}-{2**22 + 1}-0123abcd.part"  # a process that cannot be
    run(out, short)
    (out / left).write_bytes(b"half")
    run(out, short)
    assert left not in {path.name for path in out.iterdir()}


def test_a_row_cut_short_is_left_out(whole: Path, tmp_path: Path) -> None:
    made = read_metrics(whole / "metrics.csv")
    text = csv_text(made, columns_of(TERMS), header=True)
    for cut in (-3, -30):
        (tmp_path / "metrics.csv").write_text(text[: cut - len(text.splitlines()[-1]) // 2])
        assert read_metrics(tmp_path / "metrics.csv") == made[:-1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(b"epoch", b"epoxh", 1),
        lambda text: text.replace(b"seconds", b"sexonds", 1),
        lambda text: text.replace(b"stage", b"stave", 1),
        lambda text: text.replace(b"\n2,", b"\nz,", 1),
        lambda text: text.replace(b".", b"x"),
        lambda text: text.replace(b"loss", b"\xff\xfess", 1),
        lambda text: text.replace(b"\n3,", b"\n3,9,9,", 1),
    ],
)
def test_damaged_metrics_are_named(
    whole: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    text = (whole / "metrics.csv").read_bytes()
    (tmp_path / "metrics.csv").write_bytes(damage(text))
    with pytest.raises(DsoundsError, match=r"metrics.csv is damaged \("):
        read_metrics(tmp_path / "metrics.csv")


def test_a_model_that_cannot_be_built_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DsoundsError, match="the local encoder full needs layers of equal width"):
        run(tmp_path / "run", config(local_encoder="full", encoder_hidden=(8, 4)))
    assert not (tmp_path / "run").exists()


def test_sigterm_is_a_failure_and_the_run_resumes(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = TrainingModule.training_step

    def stopped(self: TrainingModule, number: int) -> torch.Tensor:
        if self.current_epoch == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return steps(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "training_step", stopped)
        with pytest.raises(SystemExit) as caught:
            run(tmp_path / "run")
    assert caught.value.code == 128 + signal.SIGTERM
    assert "terminated; the same command resumes it" in capsys.readouterr().err
    assert equal(weights(run(tmp_path / "run")), weights(whole))


@pytest.mark.process
@pytest.mark.slow
def test_sigkill_and_resume(whole: Path, tmp_path: Path) -> None:
    """The same with a process that the system really kills."""
    np.save(tmp_path / "x.npy", melodies()[0])
    (tmp_path / "config.toml").write_text(config_text(config()))
    code = f"""
        import numpy as np, time
        from pathlib import Path
        from dsounds.train.settings.config_file import read_config
        from dsounds.train.fitting.training_module import TrainingModule
        from dsounds.train.fitting.run import train
        step = TrainingModule.training_step
        TrainingModule.training_step = lambda self, n: (time.sleep(0.2), step(self, n))[1]
        folder = Path({str(tmp_path)!r})
        train(read_config(folder / "config.toml"), np.load(folder / "x.npy"),
              np.arange(24), np.arange(24, 36), folder / "run")
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    while not (tmp_path / "run" / "best.ckpt").exists():
        assert process.poll() is None
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    run(tmp_path / "run")
    assert equal(weights(tmp_path / "run"), weights(whole))


@pytest.mark.parametrize("left", [(), ("config.toml.part",), (".probe-77", "config.toml.part")])
def test_a_kill_before_the_config_is_written_does_not_block_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: tuple[str, ...]
) -> None:
    class Written(Exception):
        pass

    def written(*_: object) -> None:
        raise Written

    monkeypatch.setattr("dsounds.train.fitting.trainer.fit", written)
    for name in left:
        (tmp_path / name).write_text("half")
    with pytest.raises(Written):
        run(tmp_path)
    assert (tmp_path / "config.toml").exists()


def test_ctrl_c_reaches_the_caller(
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    real = TrainingModule.training_step

    def training_step(self: TrainingModule, number: int) -> torch.Tensor:
        if self.current_epoch == 1:
            os.kill(os.getpid(), signal.SIGINT)
        return real(self, number)

    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(TrainingModule, "training_step", training_step)
            with pytest.raises(KeyboardInterrupt):
                run(tmp_path / "run")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, handler)
    assert "interrupt" not in capfd.readouterr().err.lower()
    assert equal(weights(run(tmp_path / "run")), weights(whole))


def test_another_exit_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def training_step(self: TrainingModule, number: int) -> torch.Tensor:
        raise SystemExit(3)

    monkeypatch.setattr(TrainingModule, "training_step", training_step)
    with pytest.raises(SystemExit, match="3"):
        run(tmp_path / "run")


@pytest.mark.process
@pytest.mark.slow
def test_ctrl_c_ends_the_command_line_with_130_and_one_line(
    small_folder: Path, tmp_path: Path
) -> None:
    code = """
        import signal, sys
        from dsounds.cli import main
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.exit(main(sys.argv[1:]))
    """
    out = tmp_path / "run"
    arguments = ["train", "dsae", "--corpus", small_folder, "--out", out, "--epochs", 100_000]
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not (out / "last.ckpt").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert process.stderr is not None
        said = process.stderr.read().splitlines()
    assert said == ["interrupted; the same command resumes it"]


def stopped_at_end_of_stage_1(
    out: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> dict[str, torch.Tensor]:
    with monkeypatch.context() as patch:
        killed_in_epoch(patch, C + 1, step=0)
        with pytest.raises(Killed):
            run(out, config(name))
    return weights(out)


@pytest.mark.parametrize("name", ["bt-dsae", "ts-dsae", "ts-dsae-noreg", "dsae-f"])
def test_frozen_parts_do_not_move_by_a_bit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = config(name)
    start = settings.row.new_model(settings.model, DataShape(MEL), seed_of(0, WEIGHTS)).state_dict()
    after_1 = stopped_at_end_of_stage_1(tmp_path / "run", name, monkeypatch)
    run(tmp_path / "run", settings)
    after_2 = weights(tmp_path / "run")
    for key, value in start.items():
        piece, kind = key.split(".")[0], key.split(".")[-1]
        if piece not in ("global_encoder", "local_encoder", "transition", "decoder"):
            continue
        assert torch.equal(value, after_1[f"model.{key}"]) == (
            piece in ("local_encoder", "transition")
        ), (key, kind)
        assert torch.equal(after_1[f"model.{key}"], after_2[f"model.{key}"]) == (
            name == "dsae-f" and piece == "global_encoder"
        ), (key, kind)


def test_the_snapshot_is_the_global_encoder_as_stage_2_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "run"
    stopped_at_end_of_stage_1(out, "ts-dsae", monkeypatch)
    before = weights(out, "global_encoder.")
    assert not checkpoint(out)["state_dict"]["model.v_prior.taken"]
    run(out)
    for name in ("last.ckpt", "best.ckpt"):
        state = checkpoint(out, name)["state_dict"]
        assert state["model.v_prior.taken"]
        for key, value in before.items():
            inside = key.replace("model.global_encoder.", "")
            assert torch.equal(state[f"model.v_prior.encoder.{inside}"], value)
            assert not torch.equal(state[key], value)


def stuck(patience: int) -> RunConfig:
    """A run that cannot improve: Adam's steps are below a float's resolution."""
    return config(epochs=20, patience=patience, learning_rate=1e-30)


def test_patience_counts_in_the_last_stage_only(tmp_path: Path) -> None:
    out = run(tmp_path / "run", stuck(patience=2))
    assert len(rows(out)) == C + 1 + 2  # the best epoch is the first of stage 2
    assert checkpoint(out, "best.ckpt")["dsounds"]["epoch"] == C + 1
    assert load_run(out).finished


def test_patience_outlives_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        killed_in_epoch(patch, C + 3)
        with pytest.raises(Killed):
            run(tmp_path / "run", stuck(patience=2))
    out = run(tmp_path / "run", stuck(patience=2))
    assert len(rows(out)) == C + 1 + 2


def test_stopping_compares_no_value_of_stage_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were stage 1's better values kept, stage 2 would never improve and have no best.ckpt."""
    real = Totals.criterion

    def criterion(self: Totals, terms: dict[str, torch.Tensor]) -> torch.Tensor:
        return real(self, terms) + (0.0 if "kl_z" in terms else 1e6)

    monkeypatch.setattr(Totals, "criterion", criterion)
    out = run(tmp_path / "run")
    assert float(rows(out)[0]["validation_elbo"]) > 1e5
    assert checkpoint(out, "best.ckpt")["dsounds"]["stage"] == 2


def test_the_same_config_gives_the_same_bits_another_seed_does_not(
    whole: Path, tmp_path: Path
) -> None:
    torch.manual_seed(99)  # the global stream is not ours
    assert equal(weights(run(tmp_path / "same")), weights(whole))
    assert not equal(weights(run(tmp_path / "other", config(seed=1))), weights(whole))


def test_an_epoch_visits_every_clip_once_in_an_order_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, real = [], TrainingModule.on_train_epoch_start

    def start(self: TrainingModule) -> None:
        real(self)
        orders.append(torch.cat(list(self.batches)).tolist())
        assert {len(rows) for rows in self.batches} == {8}  # 24 clips, at most 10: no small rest

    monkeypatch.setattr(TrainingModule, "on_train_epoch_start", start)
    run(tmp_path / "run", config(epochs=5))
    assert all(sorted(order) == list(range(24)) for order in orders)
    assert len({tuple(order) for order in orders}) == 5


@pytest.mark.parametrize("size", [2, 3, 4, 5, 32])
def test_no_batch_is_of_one_clip(size: int) -> None:
    settings = config(batch_size=size)
    data = data_of(melodies()[0], TRAIN, VALIDATION)
    module = TrainingModule(settings.row.new_model(settings.model, DataShape(MEL)), settings, data)
    for clips in range(2, 40):
        sizes = [len(rows) for rows in torch.arange(clips).tensor_split(len(module.steps(clips)))]
        assert min(sizes) >= 2
        assert max(sizes) <= max(size, 3)


def test_an_odd_clip_has_a_partner_in_both_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three clips in twos make one batch of three; `partners` refuses a clip alone."""
    seen, real = [], TrainingModule._terms

    def terms(self: TrainingModule, batch: Batch, generator: torch.Generator) -> dict:
        seen.append(len(batch.x))
        return real(self, batch, generator)

    monkeypatch.setattr(TrainingModule, "_terms", terms)
    settings = config(batch_size=2, epochs=2, stage1_epochs=1)
    train(settings, melodies()[0], np.arange(3), np.arange(3, 8), tmp_path / "run")
    assert sorted(seen) == [2, 2, 3, 3, 3, 3]


def test_the_fingerprint_is_the_hash_of_all_values_and_copies_none() -> None:
    x = np.random.default_rng(0).standard_normal((64, 50, 80)).astype(np.float32)
    parts = x[:40], x[40:]
    tracemalloc.start()
    found = fingerprint_of(*parts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == hashlib.sha256(x.tobytes()).hexdigest()
    assert fingerprint_of(np.asfortranarray(parts[0]), parts[1]) == found
    assert peak < x.nbytes / 10


def test_the_stored_scale_is_that_of_the_training_part(whole: Path) -> None:
    x = melodies()[0]
    model = load_run(whole).model
    mean = x[TRAIN].mean(axis=(0, 1), dtype=np.float64)
    np.testing.assert_allclose(model.scale.get_buffer("mean").numpy(), mean, rtol=1e-6)


def test_a_finished_run_says_so_and_is_left_alone(
    whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (whole / "last.ckpt").stat().st_mtime_ns
    run(whole, config(threads=2))  # how it is computed does not make it another run
    assert "is finished already: 6 epochs" in capsys.readouterr().err
    assert (whole / "last.ckpt").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda out: (out / "config.toml").unlink(), "is no run folder"),
        (lambda out: [path.unlink() for path in out.glob("*.ckpt")], "has no checkpoint"),
        (lambda out: (out / "best.ckpt").write_bytes(b"x" * 100), "is damaged or no checkpoint"),
        (
            lambda out: (out / "best.ckpt").write_bytes((out / "best.ckpt").read_bytes()[:9000]),
            "is damaged or no checkpoint",
        ),
        (
            lambda out: torch.save({"weights": torch.zeros(2)}, out / "best.ckpt"),
            "none that dsounds wrote",
        ),
        (
            lambda out: edit(out, "z_dim = 4", "z_dim = 5"),
            "another run than config.toml beside it (model.z_dim: 4 there, 5 now)",
        ),
        (lambda out: edit(out, "ts-dsae", "dsae"), "family: 'ts-dsae' there, 'dsae' now"),
        (
            lambda out: edit(out, "z_dim", "z_dmi"),
            "made by a newer dsounds, or edited by hand: this version does not know",
        ),
        (lambda out: drop_a_layer(out / "best.ckpt"), "does not fit the model"),
    ],
)
def test_a_broken_run_folder_is_refused_in_one_line(
    whole: Path, tmp_path: Path, break_it: Callable[[Path], object], message: str
) -> None:
    for path in whole.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    break_it(tmp_path)
    with pytest.raises(DsoundsError) as error:
        load_run(tmp_path)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


PLACES = 40


@pytest.mark.parametrize("place", range(PLACES))
def test_a_flipped_bit_in_a_checkpoint_is_never_taken_for_weights(
    whole: Path, tmp_path: Path, place: int
) -> None:
    for path in whole.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    flip(tmp_path / "best.ckpt", place / PLACES, bit=place % 8)
    try:
        loaded = load_run(tmp_path)
    except DsoundsError:
        return
    # Bytes between the parts of the file mean nothing.
    assert equal(loaded.model.state_dict(), load_run(whole).model.state_dict())


def flip(path: Path, place: float, bit: int) -> None:
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["best.ckpt", "last.ckpt"])
def test_a_flipped_bit_in_a_weight_is_refused(whole: Path, tmp_path: Path, name: str) -> None:
    for path in whole.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    content = bytearray((whole / name).read_bytes())
    weight = checkpoint(whole, name)["state_dict"]["model.decoder.mean.weight"]
    content[content.index(weight.numpy().tobytes()) + 3] ^= 1
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DsoundsError, match=rf"{name} cannot be read \(wrong checksum of"):
        load_run(tmp_path)


def test_a_part_that_is_marked_as_a_folder_is_refused(whole: Path, tmp_path: Path) -> None:
    """torch.load then leaves its values to chance, and its checksum is right."""
    for path in whole.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    content = bytearray((whole / "best.ckpt").read_bytes())
    content[content.rindex(b"PK\x01\x02") + 38] ^= 0x10
    (tmp_path / "best.ckpt").write_bytes(content)
    with pytest.raises(DsoundsError, match=r"best.ckpt cannot be read \(wrong checksum of"):
        load_run(tmp_path)


def edit(out: Path, old: str, new: str) -> None:
    path = out / "config.toml"
    path.write_text(path.read_text().replace(old, new))


def drop_a_layer(path: Path) -> None:
    state = torch.load(path, weights_only=True)
    del state["state_dict"]["model.decoder.mean.bias"]
    torch.save(state, path)


def test_another_config_in_the_same_folder_is_refused(whole: Path) -> None:
    with pytest.raises(DsoundsError, match=r"another config \(seed: 0 there, 1 now\)"):
        run(whole, config(seed=1))


def test_a_corpus_that_has_moved_is_noted(whole: Path, tmp_path: Path) -> None:
    here, there = config(), config()
    here, there = (replace(one, corpus_id="5e3c") for one in (here, there))
    here, there = replace(here, corpus="/a/c1"), replace(there, corpus="/b/c1")
    run(tmp_path / "run", here)
    assert load_run(tmp_path / "run").config.corpus == "/a/c1"
    before = (tmp_path / "run" / "last.ckpt").read_bytes()
    run(tmp_path / "run", there)
    assert load_run(tmp_path / "run").config == there
    assert (tmp_path / "run" / "last.ckpt").read_bytes() == before


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("irreplaceable")
    with pytest.raises(DsoundsError, match="is no run folder"):
        run(tmp_path)


def test_a_run_is_not_resumed_on_other_clips(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_at_end_of_stage_1(tmp_path / "run", "ts-dsae", monkeypatch)
    with pytest.raises(DsoundsError, match="begun on other features or another split"):
        train(config(), melodies()[0], TRAIN[::-1], VALIDATION, tmp_path / "run")


def test_a_loss_that_is_not_finite_ends_the_run_and_spares_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole_step = TrainingModule._terms

    def terms(self: TrainingModule, batch: Batch, generator: torch.Generator) -> dict:
        made = whole_step(self, batch, generator)
        bad = self.trainer.training and self.current_epoch == 1
        return made | {"kl_v": made["kl_v"] * float("nan")} if bad else made

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "_terms", terms)
        with pytest.raises(DsoundsError) as error:
            run(tmp_path / "run")
    assert "not finite in epoch 2, step 1 (kl_v)" in str(error.value)
    assert "learning_rate = 0.003 is probably too high" in str(error.value)
    assert load_run(tmp_path / "run").epoch == 1


@pytest.mark.parametrize(
    ("features", "train_rows", "validation_rows", "message"),
    [
        (melodies()[0][0], TRAIN, VALIDATION, r"must be \(clips, time, mel\) float32"),
        (melodies()[0].astype(float), TRAIN, VALIDATION, "got .* float64"),
        (melodies()[0], TRAIN, VALIDATION[:1], "validation part needs at least 2 clips, got 1"),
        (melodies()[0], TRAIN[:0], VALIDATION, "training part needs at least 2 clips, got 0"),
        (np.where(melodies()[0] < -4, -np.inf, melodies()[0]), TRAIN, VALIDATION, "a floor"),
        (melodies()[0], TRAIN, TRAIN, "24 clips are in both"),
    ],
)
def test_data_that_cannot_be_learned_from_is_refused(
    features: np.ndarray,
    train_rows: np.ndarray,
    validation_rows: np.ndarray,
    message: str,
    tmp_path: Path,
) -> None:
    with pytest.raises(DsoundsError, match=message):
        train(config(), features, train_rows, validation_rows, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_ts_dsae_learns_to_swap(tmp_path: Path) -> None:
    """A small TS-DSAE, trained for seconds, transfers the instrument and keeps the melody."""
    x, instrument = melodies(240, frames=32, mel=24)
    parts = np.arange(192), np.arange(192, 240)
    settings = configure("ts-dsae", epochs=25, stage1_epochs=8, batch_size=16, z_dim=8, threads=1)
    train(settings, x, *parts, tmp_path / "run")
    loaded = load_run(tmp_path / "run")
    fitted, scored = (Clips(x[rows], {"instrument": instrument[rows]}) for rows in parts)
    prior = loaded.model.prior_v
    scores = score(EvaluationData.of_arrays(scored, fitted, loaded.model, prior=prior)).scores
    for name in ("f1_input", "f1_reconstruction", "f1_global", "f1_local"):
        assert scores[f"instrument/{name}"] == 1.0
    assert scores["v_effect"] > 1.0
    assert scores["v_kl_prior"] < scores["v_kl_standard"]
