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
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ....errors import DsoundsError
from ..row import Score
from .code_score import CodeScore, by_name
from .samples import Kind, Training, some

if TYPE_CHECKING:
    from ..data.clips import Clips, Labels
    from ..data.evaluation_data import EvaluationData
    from ..data.training_codes import TrainingCodes

LABELS = {
    "v": "of v, static factors",
    "z": "of mean z, dynamic ones",
    "frames": "of z_t, frames",
}


@dataclass(frozen=True)
class View:
    """Codes, (n, dimensions), and the factors of the same samples, each (n,), that vary.

    `train` gives those of the training part; None where there is none with these factors.
    """

    codes: np.ndarray
    factors: Mapping[str, np.ndarray]
    kinds: Mapping[str, Kind]
    groups: np.ndarray | None = None
    train: Callable[[], Training | None] = lambda: None


def static(clips: Clips) -> Labels:
    """Return the static factors of clips."""
    return clips.labels


def dynamic(clips: Clips) -> Labels:
    """Return the dynamic factors of clips."""
    return clips.dynamic


def views(data: EvaluationData) -> dict[str, View]:
    """Return each view that there is in the scored part."""
    return data.once("views", lambda: dict(_views(data)))


def _views(data: EvaluationData) -> list[tuple[str, View]]:
    found, scored = [], data.scored
    if data.codes is not None and data.codes.v_mean is not None:
        train = partial(training_part, data, lambda codes: codes.v, static)
        found.append(("v", view_of(data.v.numpy(), data.labels, scored.kinds, train)))
    if data.codes is not None and data.codes.z_mean is not None:
        z = data.z.numpy()
        train = partial(training_part, data, lambda codes: codes.z, dynamic)
        found.append(("z", view_of(z.mean(axis=1), scored.dynamic, scored.kinds, train)))
        found.append(("frames", frames_view(data, z)))
    return [(name, view) for name, view in found if view.factors]


def joint_view(data: EvaluationData) -> dict[str, View]:
    """Return v beside z pooled over time, against static and dynamic factors; {} without both."""
    both = {name: view for name, view in views(data).items() if name in ("v", "z")}
    if len(both) < 2:
        return {}
    v, z = both["v"], both["z"]

    def train() -> Training | None:
        parts = v.train(), z.train()
        if parts[0] is None or parts[1] is None:
            return None
        codes = np.concatenate([parts[0][0], parts[1][0]], axis=1)
        return codes, {**parts[0][1], **parts[1][1]}

    codes = np.concatenate([v.codes, z.codes], axis=1)
    return {"joint": View(codes, {**v.factors, **z.factors}, {**v.kinds, **z.kinds}, None, train)}


def view_of(
    codes: np.ndarray,
    labels: Mapping[str, np.ndarray],
    kinds: Mapping[str, Kind],
    train: Callable[[], Training | None],
    groups: np.ndarray | None = None,
) -> View:
    """Return the view of codes of samples and of those of their labels, (n,) each, that vary."""
    varying = {name: one for name, one in labels.items() if len(np.unique(one)) > 1}
    known: dict[str, Kind] = {name: kinds.get(name, "categorical") for name in varying}
    return View(codes, varying, known, groups, train)


def frames_view(data: EvaluationData, z: np.ndarray) -> View:
    """Return the frames of the scored clips, or as many of them, drawn at random, as are scored."""
    clips, frames = z.shape[:2]
    places = some(clips * frames, data.rng("frames"))
    labels = {
        name: one.ravel()[places] for name, one in data.frames.items() if one.shape == z.shape[:2]
    }

    def train() -> Training | None:
        codes = data.training_codes
        if codes is None or data.train is None:
            return None
        given = codes.frame_labels(data.train, labels)
        return None if given is None else (codes.frames, given)

    return view_of(z.reshape(-1, z.shape[-1])[places], labels, {}, train, places // frames)


def training_part(
    data: EvaluationData,
    code: Callable[[TrainingCodes], np.ndarray | None],
    labels: Callable[[Clips], Labels],
) -> Training | None:
    """Return a code of training clips with their labels; None where either is not there."""
    codes = data.training_codes
    found = None if codes is None else code(codes)
    given: Labels = {} if data.train is None else labels(data.train)
    if found is None or labels(data.scored).keys() - given.keys():
        return None
    places = some(len(found), data.rng("training clips"))
    return found[places], {name: one[places] for name, one in given.items()}


def row_of_codes(
    name: str,
    label: str,
    score: Callable[..., CodeScore | Mapping[str, CodeScore]],
    *,
    short: str = "",
    numbers: Mapping[str, str] | None = None,
    fits: bool = False,
    permutations: int = 20,
    bootstraps: int = 0,
    corrected: Mapping[str, Any] | None = None,
    of: Callable[[EvaluationData], Mapping[str, View]] = views,
    labels: Mapping[str, str] = LABELS,
    **about: Any,
) -> Score:
    """Return the row of a score of codes against factors: a number for each view.

    Beside each number "NAME_v" stand that of each factor, "NAME_v/factor", and what is not known:
    the floor "NAME_v_floor", the value "NAME_v_floor_high" that nineteen of twenty codes which know
    nothing stay below, the ends "NAME_v_low" and "NAME_v_high" of the interval, and
    "NAME_v_corrected". Where a score has several numbers, each is "NAME_NUMBER_v".

    Arrays that cannot be scored, as those of two clips, leave their view out with a note.

    Parameters
    ----------
    name, label
        See `Score`.
    score
        From codes, factors and `kinds`, `groups`, `permutations`, `bootstraps`, `seed` to the
        score, or to its numbers by name; where it fits predictors, from `train` as well.
    short
        What tables call it; the label where empty.
    numbers
        The names of its numbers, where there are several, with what tables call them.
    fits
        Whether it fits predictors, to the training part where there is one.
    permutations, bootstraps
        See `measured_numbers`. A score that fits predictors makes no more shuffles than these for
        plain arrays either.
    corrected
        The options with which the score is less biased than as it is usually computed.
    of, labels
        The views that are scored, and what they are called.
    about
        More of the row.
    """
    titles = {
        "_".join(filter(None, (name, number))): title
        for number, title in (numbers or {"": short or label}).items()
    }

    def compute(data: EvaluationData) -> dict[str, float]:
        out: dict[str, float] = {}
        limits = {"permutations": permutations, "bootstraps": bootstraps}
        for view, given in of(data).items():
            options = {
                "kinds": given.kinds,
                "groups": given.groups,
                "seed": data.seed,
                "shared": data.once(("codes", view, fits), dict),
                **({"train": given.train()} if fits else {}),
            }
            arrays = given.codes, given.factors
            try:
                found = score(*arrays, **options, **limits)
                less = {} if corrected is None else score(*arrays, **options, **corrected)
            except DsoundsError as error:
                data.notes.append(f"{name}_{view}: left out, as {error}")
                continue
            others = by_name(name, less, view)
            for key, one in by_name(name, found, view).items():
                out |= _named(key, one, others.get(key))
        return out

    def floors(data: EvaluationData) -> dict[str, float]:
        found = data.once(name, lambda: compute(data))
        ends = (f"{key}_{view}" for key in titles for view in labels)
        return {key: found[f"{key}_floor"] for key in ends if f"{key}_floor" in found}

    return Score(
        name=name,
        label=label,
        compute=lambda data: data.once(name, lambda: compute(data)),
        **{
            "of_codes": _limited(score, permutations) if fits else score,
            "corrected": corrected,
            "group": "Codes",
            "better": "higher",
            "floor": floors,
            "ceiling": 1.0,
            "shown": {
                f"{key}_{view}": f"{title} {what}"
                for key, title in titles.items()
                for view, what in labels.items()
            },
            **about,
        },
    )


def _limited(
    score: Callable[..., CodeScore | Mapping[str, CodeScore]], most: int
) -> Callable[..., CodeScore | Mapping[str, CodeScore]]:
    """Return a score that makes so many shuffles at most, as it is fitted anew for each."""

    def limited(*arrays: Any, permutations: int = 0, **options: Any) -> Any:
        return score(*arrays, permutations=min(permutations, most), **options)

    return limited


def _named(key: str, found: CodeScore, corrected: CodeScore | None) -> dict[str, float]:
    """Return the numbers of scores.json of one number of a score; nan where it has no value."""
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
