"""Clips as sums of notes, in machine code.

The result has the bits of `render.NoteRenderer.sounds` and `pcm.normalise`, at two to three times
their speed. Notes are added in order, and nothing is reordered or fused (no fastmath), so each step
rounds as NumPy's does. LLVM makes vector code of these loops only if each is a function of its own
over 1-D slices, and of the peak only as a maximum of integers.

Compiling takes seconds, once: numba keeps the code beside this file or, where that cannot be
written, in the user's cache folder. The variable NUMBA_CACHE_DIR names another one.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from .pcm import FULL_SCALE

_FULL_SCALE = np.float32(FULL_SCALE)
_PART_SAMPLES = 4096  # of a clip, added up at a time: 16 kB stay in a core's first cache
_NO_SIGN = np.int32(0x7FFFFFFF)


def render(
    samples: np.ndarray,
    places: np.ndarray,
    clips: np.ndarray,
    curves: np.ndarray,
    levels: np.ndarray,
    full_scale: float,
    out: np.ndarray,
    peaks: np.ndarray,
) -> None:
    """Render those clips of a batch that move in one way.

    Parameters
    ----------
    samples
        (S,) float32: the samples of a `NoteTable`.
    places
        (N, L, K, 4) int64: the result of `NoteTable.places`.
    clips
        (n,) int64: which of the N clips are rendered.
    curves
        (V, T) float32: the amplitude of the V voices that are heard; V = 0 where nothing moves.
    levels
        (N,) float32: the peaks to scale to; 1 is full scale.
    full_scale
        The amplitude that is scaled to the level; 0 means each clip's own peak.
    out
        (N, T) int16: the clips are written here.
    peaks
        (N,) float32: the peaks that the clips had are written here.
    """
    layers = np.empty((2, out.shape[1]), np.float32)
    # Views are made here: in numba they take a second to compile. Read-only ones, so that arrays
    # and memory maps are of one type.
    samples, curves = np.asarray(samples).view(), curves.view()
    samples.flags.writeable = curves.flags.writeable = False
    bits, peak_bits = layers[0].view(np.int32), peaks.view(np.int32)
    full = np.float32(full_scale)
    _render(samples, places, clips, curves, levels, full, layers, bits, out, peaks, peak_bits)


@njit(cache=True, nogil=True)
def _render(
    samples: np.ndarray,
    places: np.ndarray,
    clips: np.ndarray,
    curves: np.ndarray,
    levels: np.ndarray,
    full_scale: np.float32,
    layers: np.ndarray,
    bits: np.ndarray,
    out: np.ndarray,
    peaks: np.ndarray,
    peak_bits: np.ndarray,
) -> None:
    """Render as `render` does, with layers (2, T) float32 to work in.

    `bits` and `peak_bits` are layers[0] and peaks as int32.
    """
    sound, other = layers[0], layers[1]
    for clip in clips:
        largest = np.int32(0)
        for start in range(0, len(sound), _PART_SAMPLES):
            stop = min(start + _PART_SAMPLES, len(sound))
            part, layer = sound[start:stop], other[: stop - start]
            _add_up(samples, places[clip, 0], start, part)
            if len(curves):
                _multiply(part, curves[0, start:stop])
            for voice in range(1, len(curves)):
                _add_up(samples, places[clip, voice], start, layer)
                _multiply(layer, curves[voice, start:stop])
                _add(part, layer)
            largest = np.int32(max(largest, _largest(bits[start:stop])))
        peak_bits[clip] = largest
        peak = peaks[clip]
        if peak > 0 and full_scale > 0:
            peak = full_scale
        _round(sound, levels[clip] * _FULL_SCALE / peak if peak > 0 else peak, out[clip])


@njit(cache=True, nogil=True)
def _add_up(samples: np.ndarray, places: np.ndarray, start: int, out: np.ndarray) -> None:
    """Write the part of a clip that begins with sample `start`."""
    for i in range(len(out)):
        out[i] = 0
    for note in range(len(places)):
        onset, end, first, _ = places[note]
        low, high = max(onset - start, 0), min(end - start, len(out))
        if low < high:
            shift = first - onset + start
            _add(out[low:high], samples[shift + low : shift + high])


@njit(cache=True, nogil=True)
def _add(out: np.ndarray, added: np.ndarray) -> None:
    for i in range(len(out)):
        out[i] += added[i]


@njit(cache=True, nogil=True)
def _multiply(out: np.ndarray, factor: np.ndarray) -> None:
    for i in range(len(out)):
        out[i] *= factor[i]


@njit(cache=True, nogil=True)
def _largest(bits: np.ndarray) -> np.int32:
    """Return the bits of the largest absolute value.

    Positive floats have the order of their bits.
    """
    largest = np.int32(0)
    for i in range(len(bits)):
        largest = np.int32(max(largest, np.int32(bits[i] & _NO_SIGN)))
    return largest


@njit(cache=True, nogil=True)
def _round(sound: np.ndarray, scale: np.float32, out: np.ndarray) -> None:
    for i in range(len(out)):
        out[i] = np.int16(np.rint(sound[i] * scale))
