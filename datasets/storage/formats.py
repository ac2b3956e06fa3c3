"""The formats of corpora on disk: how each stores a recipe, and of what its id is a hash.

New corpora are written in the last format; a corpus keeps the format and the id that it was made
with. A row of FORMATS is a promise: it is never changed (docs/formats.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import DsoundsError
from ...settings import field_names
from ..recipes.base import Recipe
from ..recipes.registry import kind_of, to_dict
from ..symbols.word import Word
from ..symbols.words import WORDS_3

if TYPE_CHECKING:
    from .manifest import Manifest

_BASE_3 = "count seed sampling correlate rho validation test hold_out extrapolate soundfont"
_SETTINGS_3 = {
    "dmelodies": f"{_BASE_3} tonics octaves scales rhythms_bar1 rhythms_bar2 directions "
    "rest_at_ends instruments velocities tempos crossfade crescendos levels brightnesses attacks "
    "vibratos tunings",
    "sinusoids": f"{_BASE_3} seconds pitches levels tilts odd_evens formants hnrs inharmonicities "
    "attacks decays vibrato_rates vibrato_depths tremolos notes contours densities crescendos",
}


@dataclass(frozen=True)
class Format:
    """One format of a corpus.

    Parameters
    ----------
    recipe
        From a canonical recipe to what corpus.json stores of it.
    decisive
        From a manifest to what its id is a hash of.
    guarded
        How many of the splits, from the first one, are part of `choice_sha256`; None means all.
    words
        The words that stand above the values of its factors, where the id is a hash of them too;
        those of today where it is None.
    """

    recipe: Callable[[Recipe], dict[str, Any]]
    decisive: Callable[[Manifest], dict[str, Any]]
    guarded: int | None
    words: tuple[Word, ...] | None


def _all_settings(recipe: Recipe) -> dict[str, Any]:
    """Return every setting that format 3 knew, and those of today that it could not have."""
    plain, start = to_dict(recipe), type(recipe)()
    names = _SETTINGS_3.get(plain["kind"], "").split()
    names += [
        name
        for name in sorted(field_names(recipe))
        if name not in names and not _neutral(recipe, name, start)
    ]
    return {name: plain[name] for name in ("kind", *names)}


def not_neutral(recipe: Recipe) -> dict[str, Any]:
    """Return the kind of a canonical recipe, and those of its settings that are not neutral.

    A setting is neutral where the recipe would stay the same if it had its default value. The
    order is alphabetical, so that the text does not change with the order in the class.
    """
    plain, start = to_dict(recipe), type(recipe)()
    kept = [name for name in sorted(field_names(recipe)) if not _neutral(recipe, name, start)]
    return {name: plain_numbers(plain[name]) for name in ("kind", *kept)}


def _neutral(recipe: Recipe, name: str, start: Recipe) -> bool:
    own, default = getattr(recipe, name), getattr(start, name)
    if own == default:
        return True
    try:
        changes: dict[str, Any] = {name: default}
        return bool(getattr(replace(recipe, **changes).canonical(), name) == own)
    except DsoundsError:  # the other settings do not allow the default
        return False


def _decisive_3(manifest: Manifest) -> dict[str, Any]:
    decisive: dict[str, Any] = {"format": manifest.format, "symbols": manifest.symbols}
    if manifest.recorded:  # nothing of this follows from the recipe
        names = ("factors", "clips", "clip_samples", "splits")
        decisive |= {name: getattr(manifest, name) for name in names}
    return decisive | _sound(manifest)


def _decisive_4(manifest: Manifest) -> dict[str, Any]:
    """Return what decides the sound; words, units and names of splits are no part of it."""
    decisive = _sound(manifest)
    if manifest.recorded:
        names = ("name", "kind", "values", "names")  # the names of values are the labels here
        decisive["factors"] = [{name: row[name] for name in names} for row in manifest.factors]
        decisive |= {name: getattr(manifest, name) for name in ("clips", "clip_samples")}
    plain: dict[str, Any] = plain_numbers(decisive)
    return plain


def _sound(manifest: Manifest) -> dict[str, Any]:
    names = ("renderer", "fluidsynth", "soundfont_sha256", "choice_sha256")
    own = {name: getattr(manifest, name) for name in names}
    return {"recipe": manifest.portable_recipe(), **own}


def plain_numbers(value: Any) -> Any:
    """Return a value with integers for whole floats: 0 and 0.0 give one text and one hash."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: plain_numbers(one) for key, one in value.items()}
        case list() | tuple():
            return [plain_numbers(one) for one in value]
    return value


FORMATS = {
    "dsounds corpus 3": Format(_all_settings, _decisive_3, None, WORDS_3),
    "dsounds corpus 4": Format(not_neutral, _decisive_4, 1, None),
}
LATEST = "dsounds corpus 4"


def newer(name: Any, latest: str) -> bool:
    """Return whether a format's name, such as "dsounds corpus 5", is newer than the latest."""
    kind, _, number = str(name).rpartition(" ")
    own, _, last = latest.rpartition(" ")
    return kind == own and number.isdigit() and int(number) > int(last)


def identity(manifest: Manifest) -> str:
    """Return the id of a corpus by the rule of its format: 16 hexadecimal digits."""
    text = json.dumps(FORMATS[manifest.format].decisive(manifest), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def choice_sha256(recipe: Recipe, name: str, splits: Sequence[str]) -> str:
    """Return a hash of which clips a recipe takes, and of the splits that a format guards.

    NumPy's choice from one seed may change between its versions, and then the corpus is another.

    Parameters
    ----------
    name
        Name of the format.
    splits
        Names of the corpus's splits.
    """
    found = hashlib.sha256()
    splits = [name for name in recipe.split_names if name in splits]  # whichever is the default
    if recipe.sampling == "all":  # there may be too many clips; the part of each melody is enough
        found.update(recipe.parts(splits[0])[:: recipe.renditions].tobytes())
    else:
        found.update(recipe.positions(np.arange(recipe.clips)).astype("<i8").tobytes())
        for split in splits[: FORMATS[name].guarded]:
            found.update(recipe.parts(split).tobytes())
    return found.hexdigest()


def difference(there: Recipe, wanted: Recipe) -> str:
    """Return the first setting in which the sound of two recipes differs, in words, or ""."""
    if kind_of(there) != kind_of(wanted):
        return f"its kind is {kind_of(there)}, not {kind_of(wanted)}"
    one, other = to_dict(there.canonical()), to_dict(wanted.canonical())
    for name in sorted(one.keys() - {"soundfont"}):  # it counts by its sha256
        if one[name] != other[name]:
            return f"its {name} is {one[name]}, not {other[name]}"
    return ""
