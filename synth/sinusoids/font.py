"""The maker of soundfonts/sinusoids.sf2: python -m dsounds.synth.sinusoids.font [PATH].

A harmonic tone has two zones at each MIDI pitch, a table of its odd partials and one of its even
partials, so that their balance is an attenuation. A stiff string is a sum of single sines, since
no short loop holds inharmonic partials. Noise is an instrument of its own, played beside either.

Levels are attenuations. FluidSynth takes 0.4 of what a SoundFont asks for (as the EMU sound cards
did) and rounds the sum down to whole centibels; `_amount` allows for that. So every preset has the
same power at every pitch, within 0.1 dB.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import groupby, product
from math import inf
from pathlib import Path

import numpy as np

from ...hashing import file_sha256
from ...soundfonts.catalogue import SINUSOIDS
from .generators import Generator
from .sf2 import Instrument, Preset, SoundFont, Zone
from .timbres import STRING_PARTIALS, Timbre, partials
from .tones import (
    ATTACK_TIMECENTS,
    BALANCES_DB,
    FORMANTS_HZ,
    HNRS_DB,
    INHARMONICITIES,
    PITCHES,
    RELEASE_TIMECENTS,
    TILTS_DB,
    pitches,
    voice,
)
from .waves import FULL_SCALE, PEAK, Pair, low_pass, noise, sine

RMS_DB = -14.0  # of full scale, for every preset: it leaves room for peaks and attenuations
WEAKEST_CB = 900  # softer partials of strings are left out
SOFT_CB = 400  # level of the softer one of a partial's two sines below the other

_PATH = Path(SINUSOIDS.places[0])
_NOISE_OFFSET = 977  # points between the starts of the noise at neighbouring pitches
_OFFSET_STEP = 32_768  # points in a step of the coarse offset
_NOISE = 0  # number of the noise's sample, and of its instrument
_WHOLE_KEYBOARD = Zone(
    None,
    {
        Generator.ATTACK: ATTACK_TIMECENTS,
        Generator.RELEASE: RELEASE_TIMECENTS,
        Generator.LOOPS: 1,
    },
)


def build() -> SoundFont:
    """Return the whole SoundFont."""
    hiss, hiss_db = noise()
    samples, instruments, timbres = [hiss], [_noise_instrument()], []
    for tilt, formant in product(TILTS_DB, FORMANTS_HZ):
        base = Timbre(tilt, formant_hz=formant)
        name = f"t{tilt:g} f{formant:g}"
        pairs = {key: Pair.of(name, base, key) for key in pitches(base)}
        for balance in BALANCES_DB:
            timbres.append(replace(base, balance_db=balance))
            instruments.append(_tone(timbres[-1], pairs, len(samples)))
        samples += [table for pair in pairs.values() for table in (pair.odd, pair.even)]
    for b in INHARMONICITIES:
        for tilt, balance in product(TILTS_DB, BALANCES_DB):
            timbres.append(Timbre(tilt, balance, inharmonicity=b))
            instruments.append(_string(timbres[-1], len(samples)))
        for k, soft in product(range(1, STRING_PARTIALS + 1), (False, True)):
            name = f"B{b:g} {k}{' soft' * soft}"
            samples.append(sine(name, b, k, -SOFT_CB / 10 if soft else 0))
    hiss_cb = round(10 * (hiss_db - RMS_DB))
    presets = [
        _preset(replace(timbre, hnr_db=hnr), number, hiss_cb)
        for number, timbre in enumerate(timbres, start=1)
        for hnr in HNRS_DB
    ]
    comment = "Steady tones of known spectra, see dsounds.synth.sinusoids; made for 16 kHz"
    return SoundFont("dsounds sinusoids", samples, instruments, presets, comment)


def _preset(timbre: Timbre, instrument: int, hiss_cb: int) -> Preset:
    """Return the preset of a tone and its noise, both together as loud as the tone alone."""
    place = voice(timbre)
    tone_cb = 100 * np.log10(1 + 10 ** (-timbre.hnr_db / 10))
    zones, name = [Zone(instrument, _attenuation(tone_cb))], _name(timbre)
    if timbre.hnr_db < inf:
        zones.append(Zone(_NOISE, _attenuation(tone_cb + 10 * timbre.hnr_db + hiss_cb)))
        name += f" h{timbre.hnr_db:g}"
    return Preset(name, place.bank, place.program, tuple(zones))


def _tone(timbre: Timbre, pairs: dict[int, Pair], first: int) -> Instrument:
    """Return a timbre that uses the tables of the same timbre without balance.

    `first` is the number of the first table's sample.
    """
    zones = [_WHOLE_KEYBOARD]
    for place, (key, pair) in enumerate(pairs.items()):
        # With softer even partials, odd ones are louder in a tone of the same power
        own, plain = (
            partials(t, key).amplitude[0] for t in (timbre, replace(timbre, balance_db=0))
        )
        odd_cb = round(10 * (pair.odd_db - RMS_DB) - 200 * np.log10(own / plain))
        levels = (odd_cb, odd_cb + pair.even_cb - round(10 * timbre.balance_db))
        for parity, level in enumerate(levels):
            zones.append(Zone(first + 2 * place + parity, _attenuation(level), (key, key)))
    return Instrument(_name(timbre), tuple(zones))


def _string(timbre: Timbre, first: int) -> Instrument:
    """Return a timbre as a sum of sines. `first` is the number of the first partial's samples."""
    keys = list(pitches(timbre))
    levels = np.full((STRING_PARTIALS, len(keys)), -1)  # (partial, key) in centibels, -1: none
    held = inf
    for column, key in enumerate(keys):
        own = partials(timbre, key)
        db = 20 * np.log10(own.amplitude / np.abs(low_pass(own.frequency_hz)))
        most = 10 * (20 * np.log10(PEAK / FULL_SCALE) - RMS_DB - db[0])
        held = most if abs(most - held) > 1 else held  # few steps over the keyboard, each small
        level = np.rint(held + 10 * (db[0] - db)).astype(int)
        levels[: len(level), column] = np.where(level <= WEAKEST_CB, level, -1)
    zones = [_WHOLE_KEYBOARD]
    for k, row in enumerate(levels):
        for level, run in groupby(zip(row, keys, strict=True), key=lambda one: int(one[0])):
            inside = [key for _, key in run]
            soft = level > SOFT_CB  # the format's largest attenuation is played as 576 cB
            if level >= 0:
                amount = _attenuation(level - soft * SOFT_CB)
                zones.append(Zone(first + 2 * k + soft, amount, (inside[0], inside[-1])))
    return Instrument(_name(timbre), tuple(zones))


def _noise_instrument() -> Instrument:
    """Return the instrument of the same noise at every pitch, each from another point on."""
    zones = [Zone(None, {**_WHOLE_KEYBOARD.generators, Generator.SCALE_TUNING: 0})]
    for key in range(PITCHES[0], PITCHES[1] + 1):
        coarse, fine = divmod((key - PITCHES[0]) * _NOISE_OFFSET, _OFFSET_STEP)
        offset = {Generator.START_OFFSET: fine, Generator.START_COARSE_OFFSET: coarse}
        zones.append(Zone(_NOISE, offset, (key, key)))
    return Instrument("noise", tuple(zones))


def _attenuation(centibels: float) -> dict[Generator, int]:
    return {Generator.ATTENUATION: _amount(round(centibels))}


def _amount(centibels: int) -> int:
    """Return what a SoundFont must ask for so that FluidSynth takes `centibels`.

    FluidSynth takes 0.4 of it, rounded down.
    """
    return (5 * centibels + 1) // 2


def _name(timbre: Timbre) -> str:
    colour = f"f{timbre.formant_hz:g}"
    if timbre.inharmonicity is not None:
        colour = f"B{1000 * timbre.inharmonicity:g}"
    return f"t{timbre.tilt_db:g} b{timbre.balance_db:g} {colour}"


def main(path: Path = _PATH) -> None:
    """Write the SoundFont and print its sha256."""
    path.write_bytes(build().to_bytes())
    print(f"{path}: {path.stat().st_size:,} bytes, sha256 {file_sha256(path)}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
