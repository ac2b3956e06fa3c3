"""The state of this machine: versions, libfluidsynth, the SoundFont, and one measured note."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata

import numpy as np

from ...caches import cache_folder
from ...errors import DsoundsError
from ...hashing import file_sha256
from ...soundfonts.catalogue import CATALOGUE, MUSESCORE_GENERAL, find_font
from ...synth.music.melody import CLIP_SAMPLES, pitch_name
from ...synth.music.midi import program_name, program_number
from ...synth.music.schedule import NOTE, Voice
from ...synth.rendering import fluidsynth
from ...synth.rendering.note_table import NoteKey, render_note, silence
from .trackers import note_pitches

_PACKAGES = (
    "dsounds", "numpy", "scipy", "pretty_midi", "pyfluidsynth", "soundfile", "librosa", "h5py",
    "torch", "lightning",
)  # fmt: skip
_NOTE = ("violin", 69, 100, 16_000)


@dataclass(frozen=True)
class Check:
    """One line of the doctor: what was looked at, what was found, and whether it is well."""

    name: str
    found: str
    well: bool = True


def examine(soundfont: str = MUSESCORE_GENERAL.name) -> list[Check]:
    """Look at everything that generation needs; what is wrong is a Check that is not well."""
    checks = [Check("python", f"{platform.python_version()} on {platform.platform()}")]
    checks += [_version(package) for package in _PACKAGES]
    try:
        checks.append(Check("caches", str(cache_folder())))
        fluidsynth.binding()
        checks.append(
            Check("libfluidsynth", f"{fluidsynth.version()} ({fluidsynth.library_name()})")
        )
        path = find_font(soundfont)
        checks.append(Check("soundfont", f"{path}{_licence(soundfont)}"))
        checks.append(Check("sha256", _hash(soundfont, file_sha256(path))))
        with fluidsynth.Font(path) as font:
            checks.append(_play(font))
    except DsoundsError as error:
        checks.append(Check("problem", str(error), well=False))
    return checks


def _version(package: str) -> Check:
    try:
        return Check(package, metadata.version(package))
    except metadata.PackageNotFoundError:
        return Check(package, "is not installed: run make setup", well=False)


def _licence(soundfont: str) -> str:
    return f" ({CATALOGUE[soundfont].licence} licence)" if soundfont in CATALOGUE else ""


def _hash(soundfont: str, sha256: str) -> str:
    known = "as known" if soundfont in CATALOGUE else "not a known font: counts by its hash"
    return f"{sha256} ({known})"


def _play(font: fluidsynth.Font) -> Check:
    """Play one note for a second and measure its pitch."""
    instrument, pitch, velocity, samples = _NOTE
    program = program_number(instrument)
    key = NoteKey(0, pitch, velocity, samples)
    sound = render_note(font, Voice(program), key, CLIP_SAMPLES)
    if not len(sound):
        raise silence(font.path.name, Voice(program), key)
    notes = np.array([(0, samples, pitch, velocity)], NOTE)
    cents = 100 * (note_pitches(sound, notes)[0] - pitch)
    heard = f"{program_name(program)} {pitch_name(pitch)}, heard {cents:+.0f} cents off"
    return Check("one note", heard, well=abs(cents) < 50)
