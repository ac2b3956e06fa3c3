"""FluidSynth by pyfluidsynth, and by ctypes where pyfluidsynth lacks a call.

One SoundFont is loaded once (`Font`). Every note or clip is played on a synth of its own that
shares it (`Font.player`), because no public call resets a used synth completely: a dying voice is
revived by a note-on of the same key, and a voice's first use fades in over 4 ms. A new synth is
primed, so that each of its voices has been used once and attacks are as they were recorded.

Conventions: sample positions are multiples of FluidSynth's block of 64 samples. Sound is float32
in (2, samples), left and right, at `SAMPLE_RATE_HZ`, without reverb (but for `reverb`) and chorus.
"""

from __future__ import annotations

import ctypes
import io
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from ctypes import POINTER, byref, c_float, c_int, c_void_p
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ...errors import DsoundsError
from ..music.schedule import Voice

_fluidsynth: ModuleType | None = None
_missing: Exception | None = None
try:
    with redirect_stdout(io.StringIO()):  # where CI is set, pyfluidsynth prints what it found
        _fluidsynth = import_module("fluidsynth")
except (ImportError, OSError) as error:
    _missing = error

SAMPLE_RATE_HZ = 16_000
BLOCK_SAMPLES = 64
GAIN = 0.2  # FluidSynth's own default
OK = 0  # FLUID_OK
_CHANNELS = 16  # FluidSynth's own default
_PRIME_BLOCKS = 3  # a voice's first-use fade lasts one block; three leave a margin

INSTALL_HINT = (
    "install it with 'apt-get install libfluidsynth3' (Debian, Ubuntu), "
    "'brew install fluid-synth' (macOS) or 'conda install -c conda-forge fluidsynth'"
)


@cache
def binding() -> ModuleType:
    """Return pyfluidsynth's module, with libfluidsynth's own log messages switched off.

    Raises
    ------
    DsoundsError
        If libfluidsynth is not installed, or older than 2.2.
    """
    if _fluidsynth is None:
        raise DsoundsError(f"libfluidsynth was not found ({_missing}); {INSTALL_HINT}")
    library = _fluidsynth._fl
    if not hasattr(library, "fluid_synth_pin_preset"):
        raise DsoundsError(
            "libfluidsynth is too old: 2.2 or newer is needed, for fluid_synth_pin_preset"
        )
    set_log = library.fluid_set_log_function
    set_log.argtypes, set_log.restype = [c_int, c_void_p, c_void_p], c_void_p
    for level in range(5):
        set_log(level, None, None)
    _declare(library)
    return _fluidsynth


def _declare(library: ctypes.CDLL) -> None:
    """Declare the prototypes of the calls that pyfluidsynth does not wrap."""
    floats = POINTER(c_float)
    prototypes = {
        "fluid_synth_write_float": [c_void_p, c_int, floats, c_int, c_int, floats, c_int, c_int],
        "fluid_synth_pin_preset": [c_void_p, c_int, c_int, c_int],
        "fluid_synth_add_sfont": [c_void_p, c_void_p],
        "fluid_synth_remove_sfont": [c_void_p, c_void_p],
        "fluid_synth_set_gen": [c_void_p, c_int, c_int, c_float],
    }
    for name, arguments in prototypes.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, c_int


class _Place(ctypes.Structure):
    """Dl_info of dladdr: which file a symbol is from."""

    _fields_ = (
        ("file", ctypes.c_char_p), ("base", c_void_p),
        ("symbol", ctypes.c_char_p), ("address", c_void_p),
    )  # fmt: skip


@cache
def _decoder() -> str:
    """Path of the libsndfile with which FluidSynth decodes SF3 fonts, "" where it is not known."""
    library, loader = binding()._fl, ctypes.CDLL(None)
    if not hasattr(library, "sf_open") or not hasattr(loader, "dladdr"):
        return ""
    place = _Place()
    loader.dladdr(library.sf_open, byref(place))
    return (place.file or b"").decode(errors="replace")


def _check_decoder(font: Path) -> None:
    """Raise DsoundsError where the samples of a font would be decoded to other last bits.

    The linker gives FluidSynth the libsndfile that was loaded first; the one within the Python
    package soundfile decodes Ogg Vorbis to samples that differ by 1 or 2 of 32,767.
    """
    if font.suffix == ".sf3" and Path(_decoder()).parent.name == "_soundfile_data":
        raise DsoundsError(
            f"{font.name} cannot be rendered to the byte here: soundfile was imported before "
            "dsounds, and FluidSynth uses its libsndfile: import dsounds first"
        )


@cache
def version() -> str:
    """Return the version of libfluidsynth, such as "2.3.1"."""
    major, minor, micro = c_int(), c_int(), c_int()
    binding()._fl.fluid_version(byref(major), byref(minor), byref(micro))
    return f"{major.value}.{minor.value}.{micro.value}"


def library_name() -> str:
    """Return the name that the dynamic linker loads, such as "libfluidsynth.so.3"."""
    return str(binding().lib)


def to_block(samples: np.ndarray | int) -> Any:
    """Return the first multiple of 64 samples at or after `samples`.

    At this sample FluidSynth acts on an event.
    """
    return -(-samples // BLOCK_SAMPLES) * BLOCK_SAMPLES


class Font:
    """One SoundFont in memory, shared by every synth that plays from it.

    Samples are decoded when a preset is first used, and stay pinned until `close`. A font is not
    safe for several threads at once; each process opens its own.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._fluid = binding()
        _check_decoder(self.path)
        self._pinned: set[tuple[int, int]] = set()
        settings, self._master = new_synth(1)
        self._release = weakref.finalize(self, delete_synth, settings, self._master)
        self._id = self._fluid.fluid_synth_sfload(self._master, os.fsencode(path), 0)
        if self._id < 0:
            self.close()
            raise DsoundsError(
                f"{path} is not a SoundFont that FluidSynth can load "
                "(an .sf2 or .sf3 file is needed; is it damaged or cut short?)"
            )
        self._sfont = self._fluid.fluid_synth_get_sfont_by_id(self._master, self._id)

    def close(self) -> None:
        """Release the SoundFont. The object cannot be used afterwards."""
        self._release()

    def __enter__(self) -> Font:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def preset_name(self, program: int, bank: int = 0) -> str | None:
        """Return the name of a preset in this SoundFont, or None if there is no such preset."""
        preset = self._fluid.fluid_sfont_get_preset(self._sfont, bank, program)
        return self._fluid.fluid_preset_get_name(preset).decode() if preset else None

    @contextmanager
    def player(self, voice: Voice, polyphony: int = 128, pitch: int = 60) -> Iterator[Player]:
        """Open a primed synth of its own on this SoundFont, with the preset of `voice` selected.

        Parameters
        ----------
        voice
            The preset, and the generators added to it.
        polyphony
            The largest number of voices. A note takes one for each layer of its preset.
        pitch
            A MIDI pitch near those that will be played.

        Raises
        ------
        DsoundsError
            If the SoundFont lacks the preset.
        """
        self._pin(voice.program, voice.bank)
        fluid = self._fluid
        settings, synth = new_synth(polyphony)
        # Without a program no channel selects one by itself when the SoundFont comes: each would
        # have its samples decoded, which takes a second for the piano of an SF3 font.
        for channel in range(_CHANNELS):
            fluid.fluid_synth_unset_program(synth, channel)
        # From here on the new synth holds the SoundFont too, and must release it in every case:
        # a synth that is deleted with its SoundFont frees it, and the others lose it.
        fluid._fl.fluid_synth_add_sfont(synth, self._sfont)
        try:
            place = (self._id, voice.bank, voice.program)
            if fluid.fluid_synth_program_select(synth, 0, *place) != OK:
                raise DsoundsError(
                    f"FluidSynth cannot select program {voice.program} of {self.path.name}"
                )
            for number, amount in voice.generators:
                fluid._fl.fluid_synth_set_gen(synth, 0, number, amount)
            player = Player(fluid, synth)
            player.prime(polyphony, pitch)
            yield player
        finally:
            fluid._fl.fluid_synth_remove_sfont(synth, self._sfont)
            delete_synth(settings, synth)

    def _pin(self, program: int, bank: int) -> None:
        if (program, bank) in self._pinned:
            return
        if self.preset_name(program, bank) is None:
            raise DsoundsError(f"{self.path.name} has no preset for program {program}, bank {bank}")
        self._fluid._fl.fluid_synth_pin_preset(self._master, self._id, bank, program)
        self._pinned.add((program, bank))


def new_synth(polyphony: int, reverb: dict[str, float] | None = None) -> tuple[int, int]:
    """Create a synth without a SoundFont; return its settings and the synth, for `delete_synth`.

    The keys of `reverb` are room-size, damp, width and level, each 0 to 1; None means no reverb.
    """
    fluid = binding()
    settings = fluid.new_fluid_settings()
    fluid.fluid_settings_setnum(settings, b"synth.sample-rate", float(SAMPLE_RATE_HZ))
    fluid.fluid_settings_setnum(settings, b"synth.gain", GAIN)
    fluid.fluid_settings_setint(settings, b"synth.polyphony", polyphony)
    flags = {"reverb.active": reverb is not None, "chorus.active": 0, "threadsafe-api": 0}
    for flag, value in flags.items():
        fluid.fluid_settings_setint(settings, f"synth.{flag}".encode(), int(value))
    for name, amount in (reverb or {}).items():
        fluid.fluid_settings_setnum(settings, f"synth.reverb.{name}".encode(), amount)
    fluid.fluid_settings_setint(settings, b"synth.dynamic-sample-loading", 1)
    return settings, fluid.new_fluid_synth(settings)


def delete_synth(settings: int, synth: int) -> None:
    """Free a synth of `new_synth`."""
    fluid = binding()
    fluid.delete_fluid_synth(synth)
    fluid.delete_fluid_settings(settings)


class Player:
    """One synth, played forward in time: note-ons, note-offs and blocks of sound."""

    def __init__(self, fluid: ModuleType, synth: int) -> None:
        self._fluid, self._synth = fluid, synth

    def prime(self, polyphony: int, pitch: int) -> None:
        """Use every voice once, the first of them on `pitch`, so that none fades in later.

        Each key is struck once: striking one twice in a block would revive its dying voice.
        """
        for key in [*range(pitch, 128), *range(pitch)]:
            before = self.voices()
            self.note_on(key, 100)
            layers = self.voices() - before
            if self.voices() + layers > polyphony:
                break
        self.render(_PRIME_BLOCKS * BLOCK_SAMPLES)
        self._fluid.fluid_synth_all_sounds_off(self._synth, 0)
        self.render(BLOCK_SAMPLES)

    def note_on(self, pitch: int, velocity: int) -> None:
        """Strike a note of a MIDI pitch, with a velocity of 1 to 127."""
        self._fluid.fluid_synth_noteon(self._synth, 0, int(pitch), int(velocity))

    def note_off(self, pitch: int) -> None:
        """Release the note of a MIDI pitch."""
        self._fluid.fluid_synth_noteoff(self._synth, 0, int(pitch))

    def voices(self) -> int:
        """Return the number of voices that sound now."""
        return int(self._fluid.fluid_synth_get_active_voice_count(self._synth))

    def render(self, samples: int) -> np.ndarray:
        """Play on for `samples` samples, and return them: (2, samples) float32."""
        out = np.empty((2, samples), np.float32)
        left, right = (row.ctypes.data_as(POINTER(c_float)) for row in out)
        write = self._fluid._fl.fluid_synth_write_float
        if write(self._synth, samples, left, 0, 1, right, 0, 1) != OK:
            raise DsoundsError("FluidSynth cannot render (out of memory?)")
        return out
