"""The SoundFonts that dsounds knows by name, and how to find them on this machine.

A corpus is made of its SoundFont's samples, so a font counts by the sha256 of its file: a name
stands for one hash, and a file of that name with another hash is refused.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import DsoundsError, suggestion
from ..hashing import file_sha256

FONT_VARIABLE = "DSOUNDS_SOUNDFONT"


@dataclass(frozen=True)
class KnownFont:
    """A SoundFont that recipes may name. `places` are searched in order."""

    name: str
    sha256: str
    places: tuple[str, ...]
    licence: str
    source: str
    install: str
    variable: str | None = None
    """The environment variable that may hold the path of the font."""
    pitches: str | None = None
    """The path of the table of what its programs sound like (dsounds soundfont)."""


MUSESCORE_GENERAL = KnownFont(
    name="musescore-general",
    sha256="916aaca6b0eb9f9083eb42399614acb2ff4ec72ce28dffff1814592a9696b479",
    places=(
        "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",
        "/usr/share/sounds/sf3/MuseScore_General.sf3",
        "/usr/local/share/soundfonts/MuseScore_General.sf3",
        "/opt/homebrew/share/soundfonts/MuseScore_General.sf3",
        "~/.local/share/soundfonts/MuseScore_General.sf3",
        "~/soundfonts/MuseScore_General.sf3",
    ),
    licence="MIT",
    source="MuseScore_General 0.2.1 (S. Christian Collins), as in Debian's package "
    "musescore-general-soundfont-small 0.2.1-1",
    install="install it with 'apt-get install musescore-general-soundfont-small', or put "
    f"MuseScore_General.sf3 (version 0.2.1) anywhere and set {FONT_VARIABLE} to its path",
    variable=FONT_VARIABLE,
    pitches=str(Path(__file__).with_name("musescore-general-pitches.csv")),
)

SINUSOIDS = KnownFont(
    name="sinusoids",
    sha256="12634ec87a34c692e3db64fb1a22e494002eb7f150b514f90509b3a70b755cc7",
    places=(str(Path(__file__).with_name("sinusoids.sf2")),),
    licence="MIT",
    source="made by dsounds: python -m dsounds.synth.sinusoids.font",
    install="install dsounds again, or make it with python -m dsounds.synth.sinusoids.font",
)

CATALOGUE = {font.name: font for font in (MUSESCORE_GENERAL, SINUSOIDS)}


def find_font(name: str = MUSESCORE_GENERAL.name) -> Path:
    """Return the path of a SoundFont, given by its name in the catalogue or by its path.

    A name is looked up at the path in DSOUNDS_SOUNDFONT where that variable is set, and otherwise
    in the usual places. The file must have the sha256 that the name stands for.

    Parameters
    ----------
    name
        A name in `CATALOGUE`, or the path of any SoundFont, an .sf2 or .sf3 file.

    Raises
    ------
    DsoundsError
        If the font is missing, or has another sha256 than its name stands for.
    """
    if name in CATALOGUE:
        return _find_known(CATALOGUE[name])
    path = Path(os.path.expanduser(name))
    if path.suffix.lower() not in {".sf2", ".sf3"}:
        raise DsoundsError(
            f"unknown SoundFont {name!r}{suggestion(name, CATALOGUE)}: give one of "
            f"{', '.join(CATALOGUE)}, or the path of an .sf2 or .sf3 file"
        )
    if not path.is_file():
        raise DsoundsError(f"SoundFont {name} does not exist or is not a file")
    return path


def _find_known(font: KnownFont) -> Path:
    chosen = os.environ.get(font.variable) if font.variable else None
    places = [Path(os.path.expanduser(place)) for place in ((chosen,) if chosen else font.places)]
    there = [place for place in places if place.is_file()]
    for place in there:
        if file_sha256(place) == font.sha256:
            return place
    if there:
        raise DsoundsError(
            f"wrong SoundFont: {there[0]} has sha256 {file_sha256(there[0])[:12]}..., but "
            f"{font.name} is {font.sha256[:12]}... (another version or edition?); "
            f"{font.install}, or name the file itself to use it under its own hash"
        )
    where = f"{font.variable}={chosen}" if chosen else "the usual places"
    raise DsoundsError(f"SoundFont {font.name} was not found in {where}; {font.install}")
