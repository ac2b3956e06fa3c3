"""How far the last frames of clips are from what a model predicts of the first (Li and Mandt 2018).

Their Fig 8: the model sees the first t < T frames alone, infers v and z of these, continues z with
the prior of its dynamics, p(z_t | z_<t), and decodes. As in `dsounds sample predict`, v and the
observed z are posterior means and the missing z are drawn; a model with a method `predict` says
itself what follows. The error is that of the missing frames alone, which the paper does not say,
and in log-mel, where theirs is a share of wrong pixels. For p % of the frames missing, p of
`PERCENTS`:

    prediction_error_p                  of a drawn continuation, the mean over `DRAWS` of them
    prediction_error_p_expected         of the mean of infinitely many, estimated without bias
    prediction_error_p_reconstruction   of what is decoded from the codes of the whole clip
    prediction_error_p_last_frame       of the last observed frame, held
    prediction_error_p_mean_frame       of the mean frame of the training part
    prediction_error_p_frames           the number of missing frames

The floor is the better of the last two predictions, which know nothing of the dynamics; the ceiling
is the reconstruction. A draw is farther from the truth than the mean of draws by their variance: a
model that draws as the data do has twice the least error that any prediction can have.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from ..output.reconstruction_mse import band_mean
from ..row import Score

if TYPE_CHECKING:
    from torch import Tensor

    from ...samples.checked_generator import CheckedGenerator
    from ..data.evaluation_data import EvaluationData

NAME = "prediction_error"
PERCENTS = (10, 25, 50, 75)
DRAWS = 5


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the errors for each number of missing frames; none, with a note, of one frame."""
    return data.once(NAME, lambda: _numbers(data))


def _numbers(data: EvaluationData) -> dict[str, float]:
    from ..data.threads import one_thread

    frames = data.scored.x.shape[1]
    missing = {percent: max(1, round(frames * percent / 100)) for percent in PERCENTS}
    why = _cannot(data, frames - max(missing.values()))
    if why:
        data.notes.append(f"{NAME}: left out, as {why}")
        return {}
    out: dict[str, float] = {}
    for percent, count in missing.items():
        with one_thread():  # a step for each frame
            errors = _errors(data, count)
        key = f"{NAME}_{percent}"
        named = {key + (ending and f"_{ending}"): error for ending, error in errors.items()}
        out |= named | {f"{key}_frames": float(count)}
    return out


def _cannot(data: EvaluationData, fewest: int) -> str:
    """Return why clips cannot be predicted from so many frames; "" where they can be."""
    from ....errors import DsoundsError

    if fewest < 1:
        return "a clip of one frame has none to be predicted from"
    generator = data.generator(NAME)
    x = next(iter(data.x))
    try:
        _continued(generator, x[:1, :fewest], x.shape[1], 1)
    # A model of clips of one length fails in its own way, most often by torch's shapes.
    except (DsoundsError, RuntimeError, ValueError) as error:
        first = str(error).partition("\n")[0]
        return f"the model does not predict a clip from its first {fewest} frames: {first}"
    return ""


def _continued(generator: CheckedGenerator, seen: Tensor, frames: int, draws: int) -> Tensor:
    """Return clips of so many frames of which the first were seen: (draws, clips, frames, mel)."""
    import torch

    from ...samples.modes.predict import predictions
    from ...samples.task import Task

    drawn = predictions(Task(generator, seen, (), draws, frames))
    return torch.stack([one.x for one in drawn])


def _errors(data: EvaluationData, missing: int) -> dict[str, float]:
    """Return the mean squares over clips, missing frames and bands, by the ending of their key."""
    generator, mean_frame = data.generator(f"{NAME} {missing}"), _mean_frame(data)
    sums: defaultdict[str, float] = defaultdict(float)
    values = 0
    for x, reconstruction in zip(data.x, data.reconstruction, strict=True):
        seen, truth = x[:, :-missing], x[:, -missing:]
        drawn = _continued(generator, seen, x.shape[1], DRAWS)[:, :, -missing:]
        made = {
            "": drawn,
            "expected": drawn.mean(dim=0),
            "reconstruction": reconstruction[:, -missing:],
            "last_frame": seen[:, -1:],
            **({} if mean_frame is None else {"mean_frame": mean_frame}),
        }
        for ending, one in made.items():
            sums[ending] += (one - truth).double().square().sum().item()
        values += truth.numel()
    found = {ending: total / values for ending, total in sums.items()}
    found[""] /= DRAWS
    # The mean of n draws errs by a further n-th of their variance, which the draws tell.
    found["expected"] -= (found[""] - found["expected"]) / (DRAWS - 1)
    return found


def _mean_frame(data: EvaluationData) -> Tensor | None:
    """Return the mean of all training frames, (mel,); None where there are none."""
    import torch

    if data.train is None or data.train.x is None:
        return None
    x = data.train.x
    return data.once("mean frame", lambda: torch.from_numpy(band_mean(x)))


def floors(data: EvaluationData) -> dict[str, float]:
    """Return the error of the better of the predictions that know nothing of the dynamics."""
    found = compute(data)
    endings = ("last_frame", "mean_frame")
    each = {
        key: [found[f"{key}_{ending}"] for ending in endings if f"{key}_{ending}" in found]
        for key in LABELS
    }
    return {key: min(values) for key, values in each.items() if values}


def ceilings(data: EvaluationData) -> dict[str, float]:
    """Return the error of what is decoded from the codes of the whole clip, in the same frames."""
    found = compute(data)
    ends = {key: f"{key}_reconstruction" for key in LABELS}
    return {key: found[end] for key, end in ends.items() if end in found}


LABELS = {f"{NAME}_{percent}": f"prediction, {percent} % missing" for percent in PERCENTS}
SCORE = Score(
    name=NAME,
    label="prediction error",
    compute=compute,
    hint="of the last frames, drawn by the prior of z after the first ones, which alone are seen",
    unit="mean square, log-mel",
    group="Prediction",
    order=800,
    better="lower",
    floor=floors,
    ceiling=ceilings,
    needs=frozenset({"x", "decode", "predicts"}),
    reference="Li and Mandt 2018, Fig 8",
    shown=LABELS,
    costly=True,
)
