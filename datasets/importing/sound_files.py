"""Files of sound, read whole or refused: what a file's header promises is what must be found.

libsndfile reads a WAV, AIFF, AU or MP3 file that was cut short without a word, up to where it ends.
It notes in its log how many bytes a header promises and how many there are. Headers of sound that
was written to a pipe promise as much as they can, since nobody knew the length: they promise
nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from ...errors import DsoundsError
from ...files import open_plain
from ...settings import require

_PROMISED = re.compile(  # in libsndfile's log: bytes of WAV, AIFF, AU, W64 and SVX
    r"^\s*(?:data|SSND|Data Size|riff|BODY)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE
)
_FRAMES = re.compile(  # there as well: frames of RF64, and of AVR and Akai MPC
    r"does not match value from 'ds64' chunk of (\d+)|^\s*Frames\s*: (\d+)$", re.MULTILINE
)
_NIST_FRAMES = re.compile(rb"^sample_count -i (\d+)$", re.MULTILINE)  # in the file's own header
_NIST_HEADER_BYTES = 1024
_UNKNOWN_BYTES = 0x7FFF0000  # headers of streams promise this much or more
_PADDING_BYTES = 8
_DECODED_S = 0.1  # a promise of MP3 is an estimate
_EMPTY_BYTES = 1024  # a file without sound has no more, but for pictures and text
_OGG_PAGE, _OGG_FLAGS, _OGG_LAST, _OGG_LONGEST = b"OggS", 5, 4, 65_536
_OGG_HEADER = 27  # bytes; the last says how many lengths follow, then comes what is as long
_STEPS = {"PCM_U8": 2.0**-7, "PCM_S8": 2.0**-7, "PCM_16": 2.0**-15}
_BEYOND = 10.0  # times full scale: no sound of that scale is so loud
_OUTLIER = 1000.0  # times what all but one of 10,000 samples have
_NO_SOUND = 2.0**31  # no file of integers has a greater number


@dataclass(frozen=True)
class SoundFile:
    """What a file of sound holds.

    `sound` is (samples, channels) float32; `step` the difference between two neighbouring values
    that it can hold, 0 where that is finer than any level that counts.
    """

    sound: np.ndarray
    rate_hz: int
    step: float


def read_sound(path: Path) -> SoundFile:
    """Read a file of sound.

    Raises
    ------
    DsoundsError
        If it is missing, damaged, cut short or not sound.
    """
    try:
        with open_plain(path), soundfile.SoundFile(path) as file:
            frames = -1 if file.seekable() else file.frames  # in GSM 06.10 there is no seeking
            sound = file.read(frames, dtype="float32", always_2d=True)
            fault = _cut_short(path, file, len(sound))
            read = SoundFile(sound, file.samplerate, _STEPS.get(file.subtype, 0.0))
    except (OSError, RuntimeError) as error:  # soundfile's own errors are RuntimeErrors
        text = " ".join(str(error).split())
        raise DsoundsError(f"recording {path} cannot be read as sound: {text}") from None
    require(
        not fault,
        f"recording {path} is cut short: {fault}; copy it again, or leave it out of the labels",
    )
    _check_numbers(path, sound)
    return read


def _cut_short(path: Path, file: soundfile.SoundFile, found: int) -> str:
    """Return what is missing of a file from which `found` frames were read, or ""."""
    log = file.extra_info
    for match in _PROMISED.finditer(log):
        promised, there = int(match[1]), int(match[2])
        if there + _PADDING_BYTES < promised < _UNKNOWN_BYTES:
            return f"its header promises {promised:,} bytes of sound, {there:,} are there"
    frames = [int(match[1] or match[2]) for match in _FRAMES.finditer(log)]
    if file.format == "NIST":
        frames += _nist_frames(path)
    promised = max([file.frames, *frames])
    if found + (0 if frames else _DECODED_S * file.samplerate) < promised < 2**62:
        promised_s, found_s = promised / file.samplerate, found / file.samplerate
        return f"its header promises {promised_s:.2f} s, {found_s:.2f} s are there"
    size = path.stat().st_size
    if found == 0 and size > _EMPTY_BYTES:
        return f"no sound is found in its {size:,} bytes"
    if file.format == "OGG" and not _has_last_page(path):
        return "the page that ends an Ogg stream is missing"
    return ""


def _nist_frames(path: Path) -> list[int]:
    with open(path, "rb") as file:
        return [int(count) for count in _NIST_FRAMES.findall(file.read(_NIST_HEADER_BYTES))]


def _has_last_page(path: Path) -> bool:
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _OGG_LONGEST))
        tail = file.read()
    page = tail[max(0, tail.rfind(_OGG_PAGE)) :]
    if len(page) < _OGG_HEADER:
        return False
    lengths = page[_OGG_HEADER : _OGG_HEADER + page[_OGG_HEADER - 1]]
    whole = len(page) >= _OGG_HEADER + page[_OGG_HEADER - 1] + sum(lengths)
    return whole and page.startswith(_OGG_PAGE) and bool(page[_OGG_FLAGS] & _OGG_LAST)


def _check_numbers(path: Path, sound: np.ndarray) -> None:
    """Raise DsoundsError where samples are no sound: after levelling, only they would be left."""
    require(
        bool(np.isfinite(sound).all()),
        f"recording {path} has samples that are no numbers: is it damaged?",
    )
    size = np.abs(sound).ravel()
    loudest = float(size.max(initial=0))
    if loudest <= _BEYOND:
        return
    others = float(np.quantile(size, 1 - 1e-4, method="lower"))
    require(
        loudest <= min(_NO_SOUND, max(_BEYOND, _OUTLIER * others)),
        f"recording {path} has a sample of {loudest:.3g}, where full scale is 1 and nearly all "
        f"others are below {others:.3g}: is it damaged?",
    )
