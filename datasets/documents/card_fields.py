"""What documents of a corpus say beside its manifest: parts, licence, how to make it again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tomli_w

from ...soundfonts.catalogue import CATALOGUE
from ..factors.splits import PARTS
from ..importing import recordings_csv
from ..storage.manifest import Manifest

_LICENCE_PAGES = "https://spdx.org/licenses/"
_KNOWN_LICENCES = ("MIT",)  # those of the catalogue that are SPDX names


@dataclass(frozen=True)
class CardFields:
    """What the documents of one corpus say.

    `parts` has the number of clips of each part of each split; `licence_url` is "" where the page
    is not known; `source` is the origin of the sound; `recipe` is the TOML text of what `dsounds
    generate` takes, or of the settings of an import.
    """

    description: str
    parts: dict[str, dict[str, int]]
    licence: str
    licence_url: str
    source: str
    recipe: str


def card_fields(folder: Path, manifest: Manifest) -> CardFields:
    """Return the fields of the corpus in a folder. A damaged recordings.csv raises DsoundsError."""
    seconds = manifest.clip_samples / manifest.sample_rate_hz
    about = f"{manifest.clips:,} clips of {seconds:g} s, mono, {manifest.sample_rate_hz:,} Hz"
    factors = f"{len(manifest.factors)} labelled factors of variation"
    settings = {name: value for name, value in manifest.recipe.items() if value is not None}
    recipe = tomli_w.dumps(settings)
    if manifest.recorded:
        counts = Counter(one.part for one in recordings_csv.read(folder, manifest))
        return CardFields(
            f"{about}, cut from recordings with {factors} that hold for a whole recording.",
            {manifest.splits[0]: {part: counts[part] for part in PARTS}},
            "that of the recordings, which dsounds does not know",
            "",
            f"recordings; {recordings_csv.FILE} says which, with their sha256",
            recipe,
        )
    typed = manifest.typed_recipe()
    known = CATALOGUE.get(typed.soundfont)
    name = known.source if known else Path(typed.soundfont).name
    tallies = {
        split: np.bincount(typed.parts(split), minlength=len(PARTS)) for split in manifest.splits
    }
    return CardFields(
        f"{about}, rendered from scores with {factors}; frame-level truth follows from the notes.",
        {
            split: {part: int(count) for part, count in zip(PARTS, counts, strict=True)}
            for split, counts in tallies.items()
        },
        f"{known.licence}, that of the SoundFont" if known else "that of the SoundFont, not known",
        f"{_LICENCE_PAGES}{known.licence}.html"
        if known and known.licence in _KNOWN_LICENCES
        else "",
        f"SoundFont {name} (sha256 {manifest.soundfont_sha256})",
        recipe,
    )
