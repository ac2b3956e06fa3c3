"""What tests of experiments share: runs of seconds, and an executor in this process."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest

from dsounds.datasets.generation.executors import Engine, OpenExecutor
from dsounds.train.experiments import engine

TINY: dict[str, Any] = {
    "epochs": 3,
    "stage1_epochs": 1,
    "batch_size": 8,
    "z_dim": 4,
    "v_dim": 3,
    "encoder_hidden": (8,),
    "decoder_hidden": (8,),
    "transition_hidden": 6,
}


@pytest.fixture
def tiny() -> dict[str, Any]:
    """Settings of a run of a second."""
    return dict(TINY)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are done by a thread of this process: no worker must start first."""

    def open_here() -> nullcontext[OpenExecutor]:
        return nullcontext(OpenExecutor(ThreadPoolExecutor(1)))

    monkeypatch.setattr(engine, "engine_for", lambda *_, **__: Engine(open_here, 1))


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes any work an error."""

    def refuse() -> None:
        def engine_for(*_: object, **__: object) -> None:
            raise AssertionError("there is something to do")

        monkeypatch.setattr(engine, "engine_for", engine_for)

    return refuse
