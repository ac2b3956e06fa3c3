"""Three views of a sequence model: v, z pooled over time, and z_t, each against its own factors.

| view | codes | factors |
|---|---|---|
| v | means of v, one for each clip | static factors |
| z | means of z, averaged over the frames of a clip | dynamic factors |
| frames | means of z_t, one for each frame | labels of frames |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import DsoundsError
from ..row import Score
from .code_score import CodeScore
from .samples import Kind

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

FRAMES = 10_000  # most frames that are scored
LABELS = {
    "v": "of v, static factors",
    "z": "of mean z, dynamic ones",
    "frames": "of z_t, frames",
}


@dataclass(frozen=True)
class View:
    """Codes, (n, dimensions), and the factors of the same samples, each (n,), that vary."""

    codes: np.ndarray
    factors: Mapping[str, np.ndarray]
    kinds: Mapping[str, Kind]
    groups: np.ndarray | None = None


def views(data: EvaluationData) -> dict[str, View]:
    """Return each view that there is in the scored part."""
    return data.once("views", lambda: dict(_views(data)))


def _views(data: EvaluationData) -> list[tuple[str, View]]:
    found, scored = [], data.scored
    if data.codes is not None and data.codes.v_mean is not None:
        found.append(("v", _view(data.v.numpy(), data.labels, scored.kinds)))
    if data.codes is not None and data.codes.z_mean is not None:
        z = data.z.numpy()
        found.append(("z", _view(z.mean(axis=1), scored.dynamic, scored.kinds)))
        found.append(("frames", _of_frames(data, z)))
    return [(name, view) for name, view in found if view.factors]


def _view(
    codes: np.ndarray,
    labels: Mapping[str, np.ndarray],
    kinds: Mapping[str, Kind],
    groups: np.ndarray | None = None,
) -> View:
    varying = {name: one for name, one in labels.items() if len(np.unique(one)) > 1}
    known: dict[str, Kind] = {name: kinds.get(name, "categorical") for name in varying}
    return View(codes, varying, known, groups)


def _of_frames(data: EvaluationData, z: np.ndarray) -> View:
    """Return the frames of the scored clips, or as many of them, drawn at random, as are scored."""
    clips, frames = z.shape[:2]
    places = np.arange(clips * frames)
    if len(places) > FRAMES:
        places = np.sort(data.rng("frames").choice(len(places), FRAMES, replace=False))
    labels = {
        name: one.ravel()[places] for name, one in data.frames.items() if one.shape == z.shape[:2]
    }
    return _view(z.reshape(-1, z.shape[-1])[places], labels, {}, places // frames)


def row_of_codes(
    name: str,
    label: str,
    score: Callable[..., CodeScore],
    *,
    short: str = "",
    permutations: int = 20,
    bootstraps: int = 0,
    corrected: Mapping[str, Any] | None = None,
    **about: Any,
) -> Score:
    """Return the row of a score of codes against factors: a number for each view.

    Beside each number "NAME_v" stand that of each factor, "NAME_v/factor", and what is not known:
    the floor "NAME_v_floor", the value "NAME_v_floor_high" that nineteen of twenty codes which know
    nothing stay below, the ends "NAME_v_low" and "NAME_v_high" of the interval, and
    "NAME_v_corrected".

    Arrays that cannot be scored, as those of two clips, leave their view out with a note.

    Parameters
    ----------
    name, label
        See `Score`.
    score
        From codes, factors and `kinds`, `groups`, `permutations`, `bootstraps`, `seed` to the
        score.
    short
        What tables call it; the label where empty.
    permutations, bootstraps
        See `measured`.
    corrected
        The options with which the score is less biased than as it is usually computed.
    about
        More of the row.
    """
    title = short or label

    def compute(data: EvaluationData) -> dict[str, float]:
        return _numbers(data, name, score, permutations, bootstraps, corrected)

    def floors(data: EvaluationData) -> dict[str, float]:
        found = data.once(name, lambda: compute(data))
        ends = (f"{name}_{view}" for view in LABELS)
        return {key: found[f"{key}_floor"] for key in ends if f"{key}_floor" in found}

    return Score(
        name=name,
        label=label,
        compute=lambda data: data.once(name, lambda: compute(data)),
        of_codes=score,
        **{
            "group": "Codes",
            "better": "higher",
            "floor": floors,
            "ceiling": 1.0,
            "shown": {f"{name}_{view}": f"{title} {what}" for view, what in LABELS.items()},
            **about,
        },
    )


def _numbers(
    data: EvaluationData,
    name: str,
    score: Callable[..., CodeScore],
    permutations: int,
    bootstraps: int,
    corrected: Mapping[str, Any] | None,
) -> dict[str, float]:
    out: dict[str, float] = {}
    for view, given in views(data).items():
        options = {
            "kinds": given.kinds,
            "groups": given.groups,
            "seed": data.seed,
            "shared": data.once(("codes", view), dict),
        }
        limits = {"permutations": permutations, "bootstraps": bootstraps}
        try:
            found = score(given.codes, given.factors, **options, **limits)
            less = (
                None
                if corrected is None
                else score(given.codes, given.factors, **options, **corrected)
            )
        except DsoundsError as error:
            data.notes.append(f"{name}_{view}: left out, as {error}")
            continue
        out |= _named(f"{name}_{view}", found, less)
    return out


def _named(key: str, found: CodeScore, corrected: CodeScore | None) -> dict[str, float]:
    low, high = found.interval or (None, None)
    told = {
        key: found.value,
        f"{key}_corrected": None if corrected is None else corrected.value,
        f"{key}_floor": found.floor,
        f"{key}_floor_high": found.floor_high,
        f"{key}_low": low,
        f"{key}_high": high,
    }
    named = {one: value for one, value in told.items() if value is not None}
    return named | {f"{key}/{factor}": value for factor, value in found.factors.items()}
