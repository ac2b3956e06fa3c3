"""The leakage matrix: what a linear probe reads of every factor from v, pooled z and z_t.

Each number is the balanced accuracy of the probe on test samples, from 0 for a guess to 1 for the
factor itself: (accuracy - 1 / classes) / (1 - 1 / classes). A model that separates has 1 for the
static factors in v and 0 in z, and the reverse for the dynamic ones. v and pooled z are the same in
all frames of a clip, so labels of frames are asked of z_t alone.

A probe that reads a static factor from z does not say that a swap fails: z of a model whose swaps
are true tells the instrument as well. It says from where a swap may fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .code_rows import row_of_codes
from .code_score import CodeScore
from .linear_probe import linear_probe
from .samples import Factors, Training
from .views import View, frames_view, training_part, view_of

if TYPE_CHECKING:
    from ..data.clips import Clips, Labels
    from ..data.evaluation_data import EvaluationData


def leakage(codes: Any, factors: Factors, **options: Any) -> CodeScore:
    """Return the balanced accuracy of a linear probe, 0 for a guess and 1 for the factor itself.

    Continuous factors are left out.

    Parameters
    ----------
    codes
        (n, dimensions).
    factors
        Name to (n,), or (n, factors).
    options
        See `measured_numbers`.

    Raises
    ------
    DsoundsError
        If the arrays cannot be scored.
    """
    found = linear_probe(codes, factors, **options)["balanced"]
    columns = factors if isinstance(factors, Mapping) else _columns(factors)
    sizes = {name: len(np.unique(columns[name])) for name in found.factors}
    scaled = {name: _scaled(one, sizes[name]) for name, one in found.factors.items()}
    value = float(np.mean(list(scaled.values()))) if scaled else np.nan
    return replace(found, value=value, factors=scaled, floor=None, floor_high=None, interval=None)


def _columns(factors: Any) -> dict[str, np.ndarray]:
    return {f"factor_{k}": column for k, column in enumerate(np.asarray(factors).T)}


def _scaled(accuracy: float, classes: int) -> float:
    """Return a balanced accuracy as the part of the way from a guess to 1."""
    return (accuracy - 1 / classes) / (1 - 1 / classes)


def every_factor(data: EvaluationData) -> dict[str, View]:
    """Return v, pooled z and z_t, each against static and dynamic factors, z_t also frames."""
    found, labels = {}, _all_labels(data.scored)
    if data.codes is not None and data.codes.v_mean is not None:
        train = partial(training_part, data, lambda codes: codes.v, _all_labels)
        found["v"] = view_of(data.v.numpy(), labels, data.scored.kinds, train)
    if data.codes is not None and data.codes.z_mean is not None:
        z = data.z.numpy()
        train = partial(training_part, data, lambda codes: codes.z, _all_labels)
        found["z"] = view_of(z.mean(axis=1), labels, data.scored.kinds, train)
        found["frames"] = _frames(data, z)
    return {name: view for name, view in found.items() if view.factors}


def _all_labels(clips: Clips) -> Labels:
    return {**clips.labels, **clips.dynamic}


def _frames(data: EvaluationData, z: np.ndarray) -> View:
    """Return z_t against the labels of frames and those of the frame's clip."""
    view = frames_view(data, z)
    clip = np.zeros(0, np.int64) if view.groups is None else view.groups
    labels = {name: one[clip] for name, one in _all_labels(data.scored).items()}

    def train() -> Training | None:
        given, codes = view.train(), data.training_codes
        if given is None or codes is None or codes.places is None or data.train is None:
            return None
        own = _all_labels(data.train)
        if labels.keys() - own.keys():
            return None
        of_clips = {name: one[codes.places // codes.time] for name, one in own.items()}
        return given[0], of_clips | _named(given[1])

    factors = labels | _named(view.factors)
    return view_of(view.codes, factors, data.scored.kinds, train, view.groups)


def _named(labels: Mapping[str, Any]) -> Labels:
    """Return labels of frames by other names than those of factors: a clip has a pitch, too."""
    return {f"frame_{name}": one for name, one in labels.items()}


SCORE = row_of_codes(
    "leakage",
    "what a linear probe reads",
    leakage,
    fits=True,
    permutations=0,
    of=every_factor,
    of_codes=None,  # of plain arrays it is the linear probe
    labels={"v": "from v, mean", "z": "from mean z, mean", "frames": "from z_t, mean"},
    hint="each factor from each code: 0 for a guess, 1 for the factor itself",
    better=None,
    floor=0.0,
    order=386,
    reference="Alain and Bengio 2017",
    costly=True,
)
