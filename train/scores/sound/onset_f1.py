"""Onset F1: the onsets of what a model makes against those of the score.

Onsets are detected in the log-mel itself, so no vocoder is needed. An onset is found where one is
detected within 50 ms, each of both counted once: the F measure of mir_eval (Raffel et al. 2014),
mean over clips. Beside the reconstruction and the swaps stand the real clips (..._real, the
ceiling), the true counterfactuals (..._counterfactual: what a perfect global swap has), and the
real clips against the onsets of another clip (..._floor).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..row import Score
from .made_clips import COUNTERFACTUAL, GLOBAL, LOCAL, REAL, RECONSTRUCTION, mean_of_known

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

CLIPS = 200  # at most
WINDOW_S = 0.05
NAME = "onset_f1"
ENDINGS = {
    RECONSTRUCTION: "",
    GLOBAL: "_global",
    LOCAL: "_local",
    REAL: "_real",
    COUNTERFACTUAL: "_counterfactual",
}


def compute(data: EvaluationData) -> dict[str, float]:
    """Return the F1 of real and made clips, by name."""
    return data.once(NAME, lambda: _compute(data))


def onset_f1(true_s: np.ndarray, found_s: np.ndarray) -> float:
    """Return the F1 of onsets that were found, in seconds; nan where there are no true ones."""
    import mir_eval

    if not len(true_s):
        return np.nan
    if not len(found_s):
        return 0.0
    return float(mir_eval.onset.f_measure(true_s, found_s, window=WINDOW_S)[0])


def _compute(data: EvaluationData) -> dict[str, float]:
    from .made_clips import drawn, features_of, made_clips
    from .onset_detection import onset_times

    made, silence = made_clips(data, drawn(data, CLIPS)), np.log(features_of(data).floor)
    found: dict[str, float] = {}
    for kind, clips in made.items():
        heard = [onset_times(x, clips.melody.frame_s, silence) for x in clips.x]
        true = clips.melody.onsets_s
        found[f"{NAME}{ENDINGS[kind]}"] = _mean(true, heard)
        if kind == REAL:
            found[f"{NAME}_floor"] = _mean(true[1:] + true[:1], heard)
    return {**found, f"{NAME}_clips": float(len(made[REAL].x))}


def _mean(true: tuple[np.ndarray, ...], heard: list[np.ndarray]) -> float:
    return mean_of_known(onset_f1(*both) for both in zip(true, heard, strict=True))


def _level(data: EvaluationData, ending: str) -> dict[str, float]:
    found = compute(data)
    made = (f"{NAME}{one}" for one in ENDINGS.values())
    return {key: found[f"{NAME}{ending}"] for key in made if key in found}


SCORE = Score(
    name=NAME,
    label="onset F1",
    compute=compute,
    hint="notes of the decoded clip begin where those of the score do",
    unit="F1",
    group="Sound",
    order=770,
    better="higher",
    floor=lambda data: _level(data, "_floor"),
    ceiling=lambda data: _level(data, ENDINGS[REAL]),
    needs=frozenset({"x", "decode", "melody", "features"}),
    reference="Raffel et al. 2014",
    shown={
        NAME: "onset F1",
        f"{NAME}_global": "onset F1, global swap",
        f"{NAME}_local": "onset F1, local swap",
        f"{NAME}_real": "onset F1, real clips",
    },
)
