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
from typing import TYPE_CHECKING

import numpy as np

from .samples import Kind, Training, some

if TYPE_CHECKING:
    from ..data.clips import Clips, Labels
    from ..data.evaluation_data import EvaluationData
    from ..data.training_codes import TrainingCodes


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
