"""Measuring rendered sound by means that did not make it: pitch and onsets, by librosa."""

import librosa
import numpy as np

from .fluid import SAMPLE_RATE_HZ

_FRAME_SAMPLES = 1024
_ONSET_HOP_SAMPLES = 128
_LISTEN = (0.3, 0.9)  # part of a note: after its attack and the tail of the note before
_TROUGH = 0.3  # YIN's threshold; at the usual 0.1 a tail sounding on makes subharmonics win


def note_pitches(
    sound: np.ndarray, notes: np.ndarray, lowest: int = 36, highest: int = 108
) -> np.ndarray:
    """Measured MIDI pitch of each note, with fractions: (K,).

    sound: (samples,); notes: (K,) of dtype NOTE, of which only the times are used; lowest,
    highest: range of MIDI pitches in which YIN (de Cheveigne and Kawahara 2002) may look, an
    octave wide at least. A note's pitch is the median over most of its
    length.
    """
    track = librosa.yin(
        sound,
        fmin=_hz(lowest - 1),
        fmax=min(_hz(highest + 1), SAMPLE_RATE_HZ / 2.1),
        sr=SAMPLE_RATE_HZ,
        frame_length=_FRAME_SAMPLES,
        trough_threshold=_TROUGH,
    )
    centre = np.arange(len(track)) * (_FRAME_SAMPLES // 4)
    pitches = np.empty(len(notes))
    for k, note in enumerate(notes):
        start, length = int(note["onset_sample"]), int(note["offset_sample"] - note["onset_sample"])
        first, last = (start + part * length for part in _LISTEN)
        inside = (centre >= first) & (centre < last)
        pitches[k] = librosa.hz_to_midi(np.median(track[inside]))
    return pitches


def onset_times(sound: np.ndarray) -> np.ndarray:
    """Onsets in seconds, by librosa's spectral-flux detector, ascending."""
    # Half a second of silence first, so that an onset at 0 is a change.
    lead = SAMPLE_RATE_HZ // 2
    found = librosa.onset.onset_detect(
        y=np.pad(sound, (lead, 0)),
        sr=SAMPLE_RATE_HZ,
        hop_length=_ONSET_HOP_SAMPLES,
        units="time",
    )
    return np.maximum(found - lead / SAMPLE_RATE_HZ, 0)


def _hz(pitch: float) -> float:
    return float(np.asarray(librosa.midi_to_hz(pitch)))
