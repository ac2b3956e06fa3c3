"""A writer of SoundFonts: samples, instruments and presets to the bytes of an SF2 file.

A preset's zones choose instruments, and an instrument's zones choose samples. Each zone has
generators, and may be limited to a range of MIDI pitches. A zone without a target comes first and
holds generators for all zones of its preset or instrument; the amounts of a preset's zones are
added to those of its instruments. Modulators are left to the player's defaults.

What a reader may demand is checked: the sample data around loops (8 points before and after, 32
within), ranges of generators, names, and the 65,535 entries that the format's 16-bit indices
allow. The same content gives the same bytes.

Source: SoundFont Technical Specification 2.04, sections 4 to 8.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import DsoundsError
from .generators import RANGES, Generator

LOOP_MARGIN = 8  # points that must lie before and after a loop, for the player's interpolation
SHORTEST_LOOP = 32
SILENCE = 46  # zero points after each sample
_INDICES = 65_535  # entries that a 16-bit index reaches
_NAME_LENGTH = 20
_MONO = 1
_END = b"\0" * 4


@dataclass(frozen=True)
class Sample:
    """A recording that sounds at MIDI pitch `key` when it is played at `rate_hz`.

    The data are (S,) int16. The loop is its first point and the first point after it.
    """

    name: str
    data: np.ndarray
    rate_hz: int
    key: int
    loop: tuple[int, int]
    correction_cents: int = 0


@dataclass(frozen=True)
class Zone:
    """What plays, and how.

    The target is the number of a sample or, in a preset, of an instrument. The keys are the lowest
    and the highest MIDI pitch.
    """

    target: int | None
    generators: dict[Generator, int] = field(default_factory=dict)
    keys: tuple[int, int] | None = None


@dataclass(frozen=True)
class Instrument:
    """Samples over the keyboard."""

    name: str
    zones: tuple[Zone, ...]


@dataclass(frozen=True)
class Preset:
    """Instruments that are played together, chosen by bank and program."""

    name: str
    bank: int
    program: int
    zones: tuple[Zone, ...]


@dataclass(frozen=True)
class SoundFont:
    """All that a file holds. Content that makes no valid file raises DsoundsError."""

    name: str
    samples: Sequence[Sample]
    instruments: Sequence[Instrument]
    presets: Sequence[Preset]
    comment: str = ""

    def __post_init__(self) -> None:
        for sample in self.samples:
            _check_sample(sample)
        for instrument in self.instruments:
            _check_zones("instrument", instrument, len(self.samples))
        places = set()
        for preset in self.presets:
            _check_zones("preset", preset, len(self.instruments))
            place = (preset.bank, preset.program)
            if not (0 <= preset.bank <= 128 and 0 <= preset.program <= 127) or place in places:
                raise DsoundsError(
                    f"preset {preset.name!r} has bank {preset.bank}, program {preset.program}: "
                    "banks 0 to 128 and programs 0 to 127 are allowed, each pair once"
                )
            places.add(place)
        if not (self.samples and self.instruments and self.presets):
            raise DsoundsError("a SoundFont needs a sample, an instrument and a preset")

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        return _chunk(b"RIFF", b"sfbk" + self._info() + self._sounds() + self._hydra())

    def _info(self) -> bytes:
        texts = {b"isng": "EMU8000", b"INAM": self.name, b"ISFT": "dsounds", b"ICMT": self.comment}
        parts = [_chunk(b"ifil", struct.pack("<HH", 2, 1))]
        for identifier, text in texts.items():  # zeros end a text at an even length
            data = text.encode("ascii") + b"\0"
            parts.append(_chunk(identifier, data + b"\0" * (len(data) % 2)))
        return _chunk(b"LIST", b"INFO" + b"".join(parts))

    def _sounds(self) -> bytes:
        silence = b"\0" * (2 * SILENCE)
        points = b"".join(s.data.astype("<i2").tobytes() + silence for s in self.samples)
        return _chunk(b"LIST", b"sdta" + _chunk(b"smpl", points))

    def _hydra(self) -> bytes:
        """Return the nine lists that tie samples, instruments and presets together."""
        presets = sorted(self.presets, key=lambda preset: (preset.bank, preset.program))
        pbag, pgen, first_p = _lists([p.zones for p in presets], Generator.INSTRUMENT)
        ibag, igen, first_i = _lists([i.zones for i in self.instruments], Generator.SAMPLE)
        phdr = [
            _name(preset.name) + struct.pack("<HHHIII", preset.program, preset.bank, bag, 0, 0, 0)
            for preset, bag in zip(presets, first_p, strict=False)
        ]
        phdr.append(_name("EOP") + struct.pack("<HHHIII", 0, 0, first_p[-1], 0, 0, 0))
        inst = [
            _name(instrument.name) + struct.pack("<H", bag)
            for instrument, bag in zip(self.instruments, first_i, strict=False)
        ]
        inst.append(_name("EOI") + struct.pack("<H", first_i[-1]))
        lists = {
            b"phdr": b"".join(phdr), b"pbag": pbag, b"pmod": b"\0" * 10, b"pgen": pgen,
            b"inst": b"".join(inst), b"ibag": ibag, b"imod": b"\0" * 10, b"igen": igen,
            b"shdr": self._headers(),
        }  # fmt: skip
        return _chunk(b"LIST", b"pdta" + b"".join(_chunk(i, data) for i, data in lists.items()))

    def _headers(self) -> bytes:
        out, at = [], 0
        for s in self.samples:
            places = (at, at + len(s.data), at + s.loop[0], at + s.loop[1])
            tuning = (s.rate_hz, s.key, s.correction_cents, 0, _MONO)
            out.append(_name(s.name) + struct.pack("<IIIIIBbHH", *places, *tuning))
            at += len(s.data) + SILENCE
        return b"".join(out) + _name("EOS") + b"\0" * 26


def _chunk(identifier: bytes, data: bytes) -> bytes:
    return identifier + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _name(text: str) -> bytes:
    return text.encode("ascii").ljust(_NAME_LENGTH, b"\0")


def _lists(owners: Iterable[tuple[Zone, ...]], target: Generator) -> tuple[bytes, bytes, list[int]]:
    """Return the bags and generators of all zones, and the number of each owner's first bag."""
    bags, generators, first = [0], [], [0]
    for zones in owners:
        for zone in zones:
            if zone.keys is not None:
                generators.append(struct.pack("<HBB", Generator.KEY_RANGE, *zone.keys))
            generators += [struct.pack("<Hh", *one) for one in sorted(zone.generators.items())]
            if zone.target is not None:
                generators.append(struct.pack("<HH", target, zone.target))
            bags.append(len(generators))
        first.append(len(bags) - 1)
    if max(len(bags), len(generators)) > _INDICES:
        raise DsoundsError(
            f"{len(bags):,} zones with {len(generators):,} generators are too many for the "
            f"SoundFont format: {_INDICES:,} are allowed"
        )
    return b"".join(struct.pack("<HH", at, 0) for at in bags), b"".join(generators) + _END, first


def _check_sample(sample: Sample) -> None:
    def refuse(what: str) -> DsoundsError:
        return DsoundsError(f"sample {sample.name!r}: {what}")

    _check_name("sample", sample.name)
    data, (start, stop) = sample.data, sample.loop
    if data.dtype != np.int16 or data.ndim != 1:
        raise refuse(f"data must be (S,) int16, not {data.shape} {data.dtype}")
    if stop - start < SHORTEST_LOOP or start < LOOP_MARGIN or stop > len(data) - LOOP_MARGIN:
        raise refuse(
            f"a loop from {start} to {stop} in {len(data)} points is not allowed: it needs "
            f"{SHORTEST_LOOP} points, {LOOP_MARGIN} before and {LOOP_MARGIN} after it"
        )
    limits = {"rate_hz": (400, 50_000), "key": (0, 127), "correction_cents": (-99, 99)}
    for name, (low, high) in limits.items():
        if not low <= getattr(sample, name) <= high:
            raise refuse(f"{name} is {getattr(sample, name)}: {low} to {high} are allowed")


def _check_zones(kind: str, owner: Instrument | Preset, targets: int) -> None:
    _check_name(kind, owner.name)
    where = f"{kind} {owner.name!r}"
    if not any(zone.target is not None for zone in owner.zones):
        raise DsoundsError(f"{where} has no zone that plays anything")
    for k, zone in enumerate(owner.zones):
        if zone.target is None and k > 0:
            raise DsoundsError(f"{where}: zone {k} has no target, which only the first may lack")
        if zone.target is not None and not 0 <= zone.target < targets:
            raise DsoundsError(f"{where}: zone {k} has target {zone.target}, which does not exist")
        if zone.keys is not None and not 0 <= zone.keys[0] <= zone.keys[1] <= 127:
            raise DsoundsError(f"{where}: zone {k} has keys {zone.keys}, no range in 0 to 127")
        for number, amount in zone.generators.items():
            _check_generator(f"{where}: zone {k}", number, amount, relative=kind == "preset")


def _check_generator(where: str, number: Any, amount: Any, relative: bool) -> None:
    if number not in RANGES:
        raise DsoundsError(f"{where} has generator {number!r}, which cannot be set in a zone")
    low, high = RANGES[number]
    if relative:  # a preset's amounts are added to its instruments'
        low, high = low - high, high - low
    if int(amount) != amount or not low <= amount <= high:
        raise DsoundsError(
            f"{where} has {Generator(number).name} {amount!r}: integers from {low} to {high} are "
            "allowed"
        )


def _check_name(kind: str, name: str) -> None:
    if not name.isascii() or not 0 < len(name) < _NAME_LENGTH:
        raise DsoundsError(
            f"{kind} has the name {name!r}: 1 to {_NAME_LENGTH - 1} ASCII characters are allowed"
        )
