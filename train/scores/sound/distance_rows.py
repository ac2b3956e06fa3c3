"""Rows of distances of what a model makes from real training clips, by an embedder.

With NAME the row's, beside its number, that of the reconstructions, stand

    NAME_real       of the real scored clips: the value of a perfect model. As it is of as many
                    clips, it has the same bias; what a model adds is the difference from it
    NAME_vocoder    of the real scored clips through the vocoder, for embedders of sound: no model
                    whose log-mel goes through that vocoder does better
    NAME_swap       of the global swaps of the first static factor
    NAME_drawn      of clips drawn from the priors

and with _infinite at the end the value that each tends to with more clips. The floor is the
distance of a model that makes the mean frame of the training clips, all the time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from ..row import Need, Score
from .embedded_clips import embedded

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

Measure = Callable[[np.ndarray, np.ndarray], float]
Infinite = Callable[[np.ndarray, np.ndarray, np.random.Generator], float]
NEEDS: frozenset[Need] = frozenset({"x", "train_x", "decode"})
TENDED = "_infinite"  # of the name of a number
SOUND: frozenset[Need] = NEEDS | {"train_audio", "features"}


def distance_row(
    name: str,
    label: str,
    embedder: str,
    measure: Measure,
    order: int,
    infinite: Infinite | None = None,
    needs: frozenset[Need] = NEEDS,
    **about: Any,
) -> Score:
    """Return the row of a distance.

    Parameters
    ----------
    name, label, order
        See `Score`; the label is also that of the numbers of real clips.
    embedder
        The name of the embedder.
    measure
        From the embeddings of the reference and those of other clips to their distance.
    infinite
        The same for infinitely many clips; None where the distance has no bias.
    needs
        `NEEDS`, or for an embedder of sound `SOUND` and its name.
    about
        More of the row.
    """
    real = ("vocoder", "real") if "train_audio" in needs else ("real",)

    def numbers(data: EvaluationData) -> dict[str, float]:
        _state(data, name, embedder)
        sets, out = embedded(data, embedder), {}
        for of, made in sets.items():
            if of not in ("train", "constant"):
                key = name if of == "reconstruction" else f"{name}_{of}"
                out[key] = measure(sets["train"], made)
                if infinite is not None:
                    out[key + TENDED] = _tended(data, name, infinite, sets["train"], made)
        return out

    def compute(data: EvaluationData) -> dict[str, float]:
        with threadpool_limits(1):  # small matrices: more threads wait for each other
            return data.once((name, "numbers"), lambda: numbers(data))

    def ceiling(data: EvaluationData) -> dict[str, float]:
        found, known = compute(data), tuple(f"{name}_{of}" for of in real)
        return {
            key: found[known[0] + TENDED * key.endswith(TENDED)]
            for key in found
            if not key.startswith(known)
        }

    def floor(data: EvaluationData) -> dict[str, float]:
        sets = embedded(data, embedder)
        same = np.repeat(sets["constant"], len(sets["real"]), axis=0)
        return dict.fromkeys(compute(data), measure(sets["train"], same))

    return Score(
        name=name,
        label=label,
        compute=compute,
        group="Sound",
        order=order,
        better="lower",
        floor=floor,
        ceiling=ceiling,
        shown={name: label, **{f"{name}_{of}": f"{label}, {of}" for of in real}},
        needs=needs,
        **about,
    )


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
