"""One step of TS-DSAE's stage 2: the preset "fast" against "released", and where its time goes.

`python -m benchmarks.training` takes steps of both presets in turns, in one process on one thread,
and prints processor time: the least and the median of the rounds, so that other work on the
machine matters little.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
import tyro
from torch.profiler import ProfilerActivity, profile

from dsounds.train.fitting.totals import Totals
from dsounds.train.models.family import Batch, DataShape
from dsounds.train.settings.presets import configure

WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "released": ("released", {}),
    "fast, every clip swapped": ("fast", {"swap_share": 1.0}),
    "fast": ("fast", {}),
}
# Parts of a profile by what the names of torch's operators hold, the first that fits.
GROUPS = {
    "matrix products": ("::mm", "addmm", "bmm"),
    "LSTM of the prior": ("rnn_layer", "lstm"),
    "tanh": ("tanh", "sigmoid"),
}


class _Clips:
    """A batch as the training clips, for the snapshot that stage 2 begins with."""

    def __init__(self, batch: Batch) -> None:
        self.batch_of_all = batch

    def __len__(self) -> int:
        return len(self.batch_of_all.x)

    def batch(self, rows: torch.Tensor) -> Batch:
        """Return the rows-th clips."""
        return Batch(self.batch_of_all.x[rows], self.batch_of_all.clips[rows])


def stepper(
    preset: str, changes: dict[str, Any], stage: int, clips: int, frames: int
) -> Callable[[], None]:
    """Return a function that takes one step of a stage on random clips."""
    config = configure("ts-dsae", preset=preset, **changes)
    family = config.row
    model = family.new_model(config.model, DataShape(config.features.bands, frames))
    noise = torch.Generator().manual_seed(0)
    x = torch.randn(clips, frames, config.features.bands, generator=noise)
    batch, row = Batch(x, torch.arange(clips)), family.stages[stage]
    if row.begin:
        row.begin(model, _Clips(batch))
    for part in row.frozen:
        model.get_submodule(part).requires_grad_(False)
    trained = [one for one in model.parameters() if one.requires_grad]
    adam, totals = torch.optim.Adam(trained, lr=1e-3), Totals(family.terms, config.objective)

    def step() -> None:
        terms = family.compute(model, batch, config.objective, row, noise)
        adam.zero_grad()
        totals.loss(terms).backward()
        adam.step()

    return step


def main(clips: int = 128, frames: int = 251, rounds: int = 12, threads: int = 1) -> None:
    """Print the time of a step for each way, and where that of "fast" goes.

    Args:
        clips: of a batch
        frames: of a clip
        rounds: steps of each way; the first is not counted
        threads: of torch
    """
    torch.set_num_threads(threads)
    for stage in (0, 1):
        steps = {
            name: stepper(preset, changes, stage, clips, frames)
            for name, (preset, changes) in WAYS.items()
        }
        taken: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(rounds + 1):
            for name, step in steps.items():
                start = time.process_time()
                step()
                taken[name].append(1e3 * (time.process_time() - start))
        print(f"\nstage {stage + 1}, {clips} clips, {frames} frames, {threads} thread(s)")
        print(f"{'':<28}{'least, ms':>12}{'median, ms':>12}{'x released':>12}")
        least = {name: min(times[1:]) for name, times in taken.items()}
        for name, times in taken.items():
            ratio = least[name] / least["released"]
            print(f"{name:<28}{least[name]:12.0f}{statistics.median(times[1:]):12.0f}{ratio:12.2f}")
    print("\nwhere a step of stage 2 goes, fast")
    for name, share in shares(steps["fast"]).items():
        print(f"{name:<28}{share:12.0%}")


def shares(step: Callable[[], None], steps: int = 3) -> dict[str, float]:
    """Return the part of the processor time that each group of operators takes."""
    with profile(activities=[ProfilerActivity.CPU]) as found:
        for _ in range(steps):
            step()
    sums = dict.fromkeys((*GROUPS, "all else"), 0.0)
    for event in found.key_averages():
        names = (group for group, keys in GROUPS.items() if any(k in event.key for k in keys))
        sums[next(names, "all else")] += event.self_cpu_time_total
    return {name: total / sum(sums.values()) for name, total in sums.items()}


if __name__ == "__main__":
    tyro.cli(main)
