"""The error of predicted frames against the number that is missing (Li and Mandt 2018, Fig 8)."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...scores.prediction.prediction_error import NAME, PERCENTS
from ..figures import MARKERS, Palette
from .picture import Names, Picture, Results

OF_MODEL: dict[str, tuple[str, Any]] = {
    "": ("a drawn prediction", "-"),
    "expected": ("the mean of draws", "--"),
    "reconstruction": ("from the whole clip's codes", ":"),
}
BASELINES: dict[str, tuple[str, Any]] = {
    "last_frame": ("the last frame held", (0, (5, 1.5, 1, 1.5))),
    "mean_frame": ("the mean training frame", (0, (1, 3))),
}


def curve_of(result: dict[str, Any], ending: str) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers of missing frames and the errors of a kind, (points,) each; none in a file."""
    scores = result["scores"]
    keys = [f"{NAME}_{percent}" for percent in PERCENTS]
    points = [
        (scores[f"{key}_frames"], scores[end])
        for key in keys
        for end in ("_".join(filter(None, (key, ending))),)
        if scores.get(end) is not None
    ]
    x, y = np.array(points, np.float64).reshape(-1, 2).T
    return x, y


def draw(results: Results, names: Names, palette: Palette) -> dict[str, Figure]:
    """Draw one figure with the curves of every model that has them; none where no model has."""
    there = {model: one for model, one in results.items() if len(curve_of(one, "")[0])}
    if not there:
        return {}
    figure = Figure(figsize=(6.2, 3.9), layout="constrained")
    axes = figure.subplots()
    handles = [
        _draw_model(axes, model, result, k, palette)
        for k, (model, result) in enumerate(there.items())
    ]
    handles += [
        Line2D([], [], color=palette.ink, linestyle=s, label=w) for w, s in OF_MODEL.values()
    ]
    handles += _draw_baselines(axes, next(iter(there.values())), palette)
    _label_frames(axes, next(iter(there.values())))
    axes.set_ylabel("mean square, log-mel")
    axes.set_ylim(bottom=0)
    figure.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return {"All models": figure}


def _draw_model(axes: Axes, model: str, result: dict[str, Any], k: int, palette: Palette) -> Line2D:
    """Draw the curves of one model, and return what stands for it in the legend."""
    colour, marker = palette.series[k % len(palette.series)], MARKERS[k % len(MARKERS)]
    for ending, (_, line) in OF_MODEL.items():
        shown = marker if ending == "" else ""
        axes.plot(
            *curve_of(result, ending), color=colour, linestyle=line, marker=shown, markersize=4
        )
    return Line2D([], [], color=colour, marker=marker, markersize=4, label=model)


def _draw_baselines(axes: Axes, result: dict[str, Any], palette: Palette) -> list[Line2D]:
    """Draw the predictions that need no model, which are the same for all, as far as known."""
    drawn = []
    for ending, (label, line) in BASELINES.items():
        x, y = curve_of(result, ending)
        if len(x):
            drawn += axes.plot(x, y, color=palette.ink, linestyle=line, linewidth=1, label=label)
    return drawn


def _label_frames(axes: Axes, result: dict[str, Any]) -> None:
    frames, _ = curve_of(result, "")
    axes.set_xticks(
        frames, [f"{count:g}\n{part} %" for count, part in zip(frames, PERCENTS, strict=False)]
    )
    axes.set_xlabel("missing frames, and their part of the clip")


PICTURE = Picture(
    name="prediction",
    title="Prediction of missing frames",
    lead="A model sees the first frames of a clip; z is continued by the prior of its dynamics and "
    "decoded. The error is that of the missing frames. A drawn prediction errs more than the mean "
    "of many draws by their variance; what is decoded from the codes of the whole clip is the "
    "least to expect (Li and Mandt 2018, Fig 8).",
    draw=draw,
)
