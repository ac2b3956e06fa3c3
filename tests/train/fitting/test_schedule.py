"""The learning rate of each step and the clipped gradient, also across an interruption."""

from collections.abc import Callable
from math import cos, pi
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dsounds.errors import DsoundsError
from dsounds.train.fitting.metrics_csv import read_metrics
from dsounds.train.fitting.schedule import learning_rate
from dsounds.train.fitting.training_module import TrainingModule
from dsounds.train.settings.config import TrainingConfig

Run = Callable[..., Path]
Tensors = dict[str, torch.Tensor]
STEPS = 4  # of an epoch: 20 clips, 6 in a batch
DECAY: dict[str, Any] = {"schedule": "cosine", "warmup_steps": 3, "gradient_norm": 2.0}


def expected_rates(epochs: int, steps: int = STEPS) -> list[float]:
    """Return the rate of each step of DECAY, written out."""
    total = epochs * steps
    warm = [1 / 3, 2 / 3, 1.0] + [1.0] * (total - 3)
    return [0.003 * warm[k] * 0.5 * (1 + cos(pi * k / total)) for k in range(total)]


def checkpoint(out: Path, name: str = "last.ckpt") -> dict[str, Any]:
    return torch.load(out / name, weights_only=True)


def equal(a: Any, b: Any) -> bool:
    """Whether two nested values are the same, tensors bit for bit."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(equal(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(equal, a, b))
    return a == b


def rows(out: Path) -> list[dict[str, str]]:
    return [{**row, "seconds": ""} for row in read_metrics(out / "metrics.csv")]


def same(a: Path, b: Path) -> bool:
    """Whether two runs have the same weights, moments of Adam, rates and rows."""
    pairs = [(checkpoint(a, name), checkpoint(b, name)) for name in ("last.ckpt", "best.ckpt")]
    return (
        all(equal(one["state_dict"], two["state_dict"]) for one, two in pairs)
        and equal(pairs[0][0]["optimizer_states"], pairs[0][1]["optimizer_states"])
        and rows(a) == rows(b)
    )


@pytest.fixture
def rates(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, float]]:
    """The epoch (from 0) and the learning rate of each step that a test makes."""
    found: list[tuple[int, float]] = []
    step = TrainingModule.training_step

    def noted(own: TrainingModule, number: int) -> torch.Tensor:
        (rate,) = {group["lr"] for group in own.trainer.optimizers[0].param_groups}
        found.append((own.current_epoch, rate))
        return step(own, number)

    monkeypatch.setattr(TrainingModule, "training_step", noted)
    return found


@pytest.mark.parametrize(
    ("settings", "step", "rate"),
    [
        ({}, 0, 0.1),
        ({}, 99, 0.1),
        ({"schedule": "cosine"}, 0, 0.1),
        ({"schedule": "cosine"}, 25, 0.1 * (0.5 + 2**0.5 / 4)),
        ({"schedule": "cosine"}, 50, 0.05),
        ({"schedule": "cosine"}, 75, 0.1 * (0.5 - 2**0.5 / 4)),
        ({"schedule": "cosine"}, 99, 0.1 * pi**2 / 40_000),
        ({"warmup_steps": 10}, 0, 0.01),
        ({"warmup_steps": 10}, 4, 0.05),
        ({"warmup_steps": 10}, 9, 0.1),
        ({"warmup_steps": 10}, 10, 0.1),
        ({"schedule": "cosine", "warmup_steps": 100}, 50, 0.05 * 0.51),
    ],
)
def test_the_rate_at_a_step(settings: dict[str, Any], step: int, rate: float) -> None:
    training = TrainingConfig(learning_rate=0.1, **settings)
    assert learning_rate(training, step, 100) == pytest.approx(rate, rel=1e-3)


def test_cosine_is_that_of_torch() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=7)
    for step in range(7):
        ours = learning_rate(TrainingConfig(learning_rate=0.1, schedule="cosine"), step, 7)
        assert ours == pytest.approx(theirs.get_last_lr()[0], rel=1e-9)
        optimizer.step()
        theirs.step()


def test_the_rate_is_constant_where_nothing_is_said(
    small_run: Run, tmp_path: Path, rates: list[tuple[int, float]]
) -> None:
    small_run(tmp_path / "run")
    assert rates == [(epoch, 0.003) for epoch in range(4) for _ in range(STEPS)]


@pytest.mark.parametrize(
    ("changes", "steps", "epoch", "step"),
    [({}, STEPS, 0, 1), ({}, STEPS, 2, 1), ({"epoch_clips": 8}, 2, 1, 1)],
)
def test_a_resumed_run_ends_as_if_uninterrupted(
    changes: dict[str, int],
    steps: int,
    epoch: int,
    step: int,
    small_run: Run,
    tmp_path: Path,
    rates: list[tuple[int, float]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = DECAY | changes
    whole = small_run(tmp_path / "whole", **settings)
    assert [rate for _, rate in rates] == pytest.approx(expected_rates(4, steps), rel=1e-9)
    made, real = list(rates), TrainingModule.training_step

    def killed(own: TrainingModule, number: int) -> torch.Tensor:
        if (own.current_epoch, number) == (epoch, step):
            raise KeyboardInterrupt
        return real(own, number)

    with monkeypatch.context() as patch:
        patch.setattr(TrainingModule, "training_step", killed)
        with pytest.raises(KeyboardInterrupt):
            small_run(tmp_path / "run", **settings)
    rates.clear()
    assert same(small_run(tmp_path / "run", **settings), whole)
    assert rates == made[epoch * steps :]


@pytest.mark.parametrize(
    ("family", "precision", "bound"), [("ts-dsae", "32", 7.0), ("dsae", "bf16", 8.0)]
)
def test_each_step_is_that_of_adam_by_hand(
    family: str,
    precision: str,
    bound: float,
    small_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the raw gradients, all together at most as long as the bound, at the rates written out.

    Frozen parts have no gradient in a stage, and count no step.
    """
    start: Tensors = {}
    grads: list[Tensors] = []

    def kept(own: TrainingModule, optimizer: object) -> None:
        named = dict(own.model.named_parameters())
        if not grads:
            start.update({name: p.detach().clone() for name, p in named.items()})
        grads.append({name: p.grad.clone() for name, p in named.items() if p.grad is not None})

    monkeypatch.setattr(TrainingModule, "on_before_optimizer_step", kept)
    out = small_run(
        tmp_path / "run", family, precision=precision, **DECAY | {"gradient_norm": bound}
    )
    norms = [np.sqrt(sum(float(g.double().square().sum()) for g in one.values())) for one in grads]
    assert min(norms) < bound < max(norms)  # some are clipped, some are not
    factors = [min(1.0, bound / norm) for norm in norms]
    found = checkpoint(out)["state_dict"]
    for name, value in start.items():
        own = [
            (rate, factor * one[name].double())
            for rate, factor, one in zip(expected_rates(4), factors, grads, strict=True)
            if name in one
        ]
        by_hand = adam(value.double(), own).float()
        if "v_prior" not in name:  # the snapshot, which never trains
            torch.testing.assert_close(found[f"model.{name}"], by_hand, rtol=0, atol=1e-6)


def adam(value: torch.Tensor, steps: list[tuple[float, torch.Tensor]]) -> torch.Tensor:
    """Return a weight after steps of (rate, gradient) of Kingma and Ba's algorithm."""
    first, second = torch.zeros_like(value), torch.zeros_like(value)
    for t, (rate, grad) in enumerate(steps, start=1):
        first = 0.9 * first + 0.1 * grad
        second = 0.999 * second + 0.001 * grad**2
        there, spread = first / (1 - 0.9**t), second / (1 - 0.999**t)
        value = value - rate * there / (spread.sqrt() + 1e-8)
    return value


def test_a_bound_that_is_never_reached_changes_no_bit(small_run: Run, tmp_path: Path) -> None:
    one = small_run(tmp_path / "one", gradient_norm=1e9)
    assert same(one, small_run(tmp_path / "two"))


def test_other_epochs_are_refused_under_cosine(small_run: Run, tmp_path: Path) -> None:
    out = small_run(tmp_path / "run", **DECAY)
    before = {path.name: path.read_bytes() for path in out.glob("*.*")}
    for epochs in (3, 5):
        message = (
            rf"another config \(training\.epochs: 4 there, {epochs} now: the schedule cosine falls "
            r"over all epochs, so that they cannot change\); choose another --out"
        )
        with pytest.raises(DsoundsError, match=message):
            small_run(out, epochs=epochs, **DECAY)
    assert {path.name: path.read_bytes() for path in out.glob("*.*")} == before


def test_another_schedule_is_another_run(small_run: Run, tmp_path: Path) -> None:
    out = small_run(tmp_path / "run")
    message = r"config \(training\.schedule: 'constant' there, 'cosine' now\); choose"
    with pytest.raises(DsoundsError, match=message):
        small_run(out, epochs=5, schedule="cosine")
    for changes in ({"warmup_steps": 2}, {"gradient_norm": 1.0}):
        with pytest.raises(DsoundsError, match="another config"):
            small_run(out, **changes)


def test_patience_stops_a_run_under_cosine_and_may_change(small_run: Run, tmp_path: Path) -> None:
    stuck = {"learning_rate": 1e-30, "epochs": 20, "schedule": "cosine"}
    out = small_run(tmp_path / "run", patience=2, **stuck)
    assert len(rows(out)) == 2 + 1 + 2
    small_run(out, patience=4, **stuck)
    assert same(out, small_run(tmp_path / "patient", patience=4, **stuck))
