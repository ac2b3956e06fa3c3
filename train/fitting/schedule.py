"""The learning rate of a step, from its number alone: a resumed run needs nothing stored for it."""

from math import cos, pi

from ..settings.config import TrainingConfig


def learning_rate(training: TrainingConfig, step: int, steps: int) -> float:
    """Return the learning rate of a step (from 0) of all the steps of a run.

    "cosine" is learning_rate (1 + cos(pi step / steps)) / 2 (Loshchilov and Hutter 2017,
    without restarts). The k-th of the first warmup_steps steps (from 1) has k / warmup_steps of the
    rate of its schedule.
    """
    rate = training.learning_rate
    if training.schedule == "cosine":
        rate *= (1 + cos(pi * step / steps)) / 2
    if step < training.warmup_steps:
        rate *= (step + 1) / training.warmup_steps
    return rate
