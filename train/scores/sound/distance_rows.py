"""Rows of distances of what a model makes from real training clips, by an embedder.

With NAME the row's, beside its number, that of the reconstructions, stand

    NAME_real       of the real scored clips: the value of a perfect model. As it is of as many
                    clips, it has the same bias; what a model adds is the difference from it
    NAME_vocoder    of the real scored clips through the vocoder, for embedders of sound: no model
                    whose log-mel goes through that vocoder does better
    NAME_swap       of the global swaps of the first static factor
    NAME_drawn      of clips drawn from the priors

and with _infinite at the end the value that each tends to with more clips. The floor is the
distance of a model of which every window is the mean embedding of the training clips.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..row import Need, Score
from .embedded_clips import embedded

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

Measure = Callable[[np.ndarray, np.ndarray], float]
Infinite = Callable[[np.ndarray, np.ndarray, np.random.Generator], float]
NEEDS: frozenset[Need] = frozenset({"x", "train_x", "decode"})
SOUND: frozenset[Need] = NEEDS | {"train_audio", "features"}


def distance_row(
    name: str,
    label: str,
    embedder: str,
    measure: Measure,
    order: int,
    infinite: Infinite | None = None,
    **about: Any,
) -> Score:
    """Return the row of a distance.

    Parameters
    ----------
    name, label, order
        See `Score`; the label is also that of the number of real clips.
    embedder
        The name of the embedder.
    measure
        From the embeddings of the reference and those of other clips to their distance.
    infinite
        The same for infinitely many clips; None where the distance has no bias.
    about
        More of the row.
    """

    def compute(data: EvaluationData) -> dict[str, float]:
        _state(data, name, embedder)
        sets = embedded(data, embedder)
        out = {}
        for key, made in sets.items():
            if key != "train":
                number = _key(name, key)
                out[number] = measure(sets["train"], made)
                if infinite is not None:
                    out[f"{number}_infinite"] = _tended(data, name, infinite, sets["train"], made)
        return out

    def ceiling(data: EvaluationData) -> dict[str, float]:
        sets = embedded(data, embedder)
        best = measure(sets["train"], sets["real"])
        return {_key(name, key): best for key in sets if key not in ("train", "real")}

    def floor(data: EvaluationData) -> dict[str, float]:
        sets = embedded(data, embedder)
        same = np.broadcast_to(sets["train"].mean(axis=(0, 1)), sets["real"].shape)
        worst = measure(sets["train"], same)
        return {_key(name, key): worst for key in sets if key != "train"}

    return Score(
        name=name,
        label=label,
        compute=compute,
        group="Sound",
        order=order,
        better="lower",
        floor=floor,
        ceiling=ceiling,
        shown={name: label, f"{name}_real": f"{label}, real clips"},
        **{"needs": NEEDS, **about},
    )


def _key(name: str, of: str) -> str:
    return name if of == "reconstruction" else f"{name}_{of}"


def _tended(
    data: EvaluationData, name: str, infinite: Infinite, reference: np.ndarray, made: np.ndarray
) -> float:
    """Return the value for infinitely many clips; nan, with a note, where clips are too few."""
    from .frechet import too_few

    why = too_few(reference) or too_few(made)
    if why:
        note = f"{name}_infinite: {why}"
        if note not in data.notes:
            data.notes.append(note)
        return float("nan")
    return infinite(reference, made, data.rng(name))


def _state(data: EvaluationData, name: str, embedder: str) -> None:
    """State the file of the weights beside the score; note one that is not the public file."""
    if embedder not in data.embedders:
        return
    loaded = data.embedders[embedder]
    data.stated[name] = loaded.about
    if not loaded.about["weights_public"]:
        data.notes.append(
            f"{name}: the weights are not those of the public file, {loaded.row.weights}: their "
            f"sha256 begins with {loaded.about['weights_sha256'][:8]}, not with "
            f"{loaded.row.sha256[:8]}, so others' figures are not comparable"
        )
