"""The rows of scores of codes against factors: a number for each view of a sequence model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ....errors import DsoundsError
from ..row import Score
from .code_score import CodeScore, by_name
from .views import View, views

if TYPE_CHECKING:
    from ..data.evaluation_data import EvaluationData

LABELS = {
    "v": "of v, static factors",
    "z": "of mean z, dynamic ones",
    "frames": "of z_t, frames",
}


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
        See `measured_numbers`. A costly score makes no more of them for plain arrays either, but
        for bootstrap samples where nothing is fitted to them.
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

    limits = {"permutations": permutations, "bootstraps": bootstraps}

    def compute(data: EvaluationData) -> dict[str, float]:
        out: dict[str, float] = {}
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
            "of_codes": _limited(score, limits, fits) if about.get("costly") else score,
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
    score: Callable[..., CodeScore | Mapping[str, CodeScore]], most: Mapping[str, int], fits: bool
) -> Callable[..., CodeScore | Mapping[str, CodeScore]]:
    """Return a score that makes so many shuffles at most, as each costs as much as its value.

    So do bootstrap samples, unless it `fits` predictors to a training part once for all of them.
    """

    def limited(*arrays: Any, permutations: int = 0, bootstraps: int = 0, **options: Any) -> Any:
        options["permutations"] = min(permutations, most["permutations"])
        options["bootstraps"] = bootstraps if fits else min(bootstraps, most["bootstraps"])
        return score(*arrays, **options)

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
