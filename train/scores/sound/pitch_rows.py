"""The rows of raw pitch accuracy, one for each tracker; `pitch_accuracy` has the equations."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..row import Score
from .made_clips import COUNTERFACTUAL, GLOBAL, LOCAL, REAL, RECONSTRUCTION, mean_of_known

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData
    from ..data.melody import Melody
    from .tracker import Track, Tracker

# The endings of names: of the reconstruction, after swaps, of the real clips and of the true
# counterfactuals through the vocoder.
ENDINGS = {
    RECONSTRUCTION: "",
    GLOBAL: "_global",
    LOCAL: "_local",
    REAL: "_vocoder",
    COUNTERFACTUAL: "_counterfactual",
}
OWN, FLOOR = "_tracker", "_floor"
_FEW = 0.01  # of the frames; where more lie outside of a tracker's range, a note says so


def pitch_row(
    name: str, label: str, tracker: str, hint: str, order: int, by_name: bool = True
) -> Score:
    """Return the row of the raw pitch accuracy with a tracker."""
    return Score(
        name=name,
        label=label,
        compute=partial(_compute, name, tracker),
        hint=hint,
        unit="share of frames",
        group="Sound",
        order=order,
        better="higher",
        floor=partial(_level, name, tracker, FLOOR),
        ceiling=partial(_level, name, tracker, ENDINGS[REAL]),
        needs=frozenset({"x", "decode", "audio", "melody", "features"}),
        reference="Raffel et al. 2014",
        version=2,
        shown={
            name: label,
            f"{name}_global": f"{label}, global swap",
            f"{name}_local": f"{label}, local swap",
            f"{name}_vocoder": f"{label}, vocoder",
        },
        costly=True,
        by_name=by_name,
    )


def _compute(name: str, tracker: str, data: EvaluationData) -> dict[str, float]:
    return data.once(("pitch", tracker), lambda: _accuracies(name, tracker, data))


def _level(name: str, tracker: str, ending: str, data: EvaluationData) -> dict[str, float]:
    """Return a floor or ceiling for each number, from the numbers of that ending."""
    found = _compute(name, tracker, data)
    made = [f"{name}{ending}" for ending in ENDINGS.values()]
    return {
        f"{key}{kind}": found[f"{name}{ending}{kind}"]
        for key in made
        for kind in ("", "_steady")
        if f"{key}{kind}" in found
    }


def _accuracies(name: str, tracker: str, data: EvaluationData) -> dict[str, float]:
    from .made_clips import features_of
    from .tracker import installed_tracker, track
    from .vocoded import RECORDED, vocoded

    row = installed_tracker(tracker)  # before clips are vocoded
    rate_hz, sounds = features_of(data).sample_rate_hz, vocoded(data)
    found: dict[str, float] = {}
    for kind, ending in {**ENDINGS, RECORDED: OWN}.items():
        if kind in sounds:
            tracks = [track(tracker, one, rate_hz) for one in sounds[kind].audio]
            found |= _means(f"{name}{ending}", tracks, sounds[kind].melody)
            if kind == REAL:  # against the melody of another clip
                found |= _means(f"{name}{FLOOR}", tracks, sounds[kind].melody, shift=1)
    _note_range(data, name, row, sounds[REAL].melody)
    return {**found, f"{name}_clips": float(len(sounds[REAL].audio))}


def _means(key: str, tracks: list[Track], melody: Melody, shift: int = 0) -> dict[str, float]:
    """Return the means over clips, each against the melody of the clip so many places on."""
    from .pitch_accuracy import pitch_accuracy

    read = [
        pitch_accuracy(one, melody, (clip + shift) % len(tracks)) for clip, one in enumerate(tracks)
    ]
    return {
        key: mean_of_known(one.whole for one in read),
        f"{key}_steady": mean_of_known(one.steady for one in read),
    }


def _note_range(data: EvaluationData, name: str, row: Tracker, melody: Melody) -> None:
    """Note where the tracker cannot read all that is played."""
    held = melody.f0_hz[melody.f0_hz > 0]
    outside = (held < row.lowest_hz) | (held > row.highest_hz)
    if held.size and outside.mean() > _FEW:
        data.notes.append(
            f"{name}: {outside.mean():.0%} of the frames lie outside of {row.lowest_hz:g} to "
            f"{row.highest_hz:g} Hz, which its tracker reads"
        )
