"""Measurement of rendered sound by means that did not make it: pitch and onsets, by librosa."""

import numpy as np

from ...synth.locked_librosa import librosa
from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ

_FRAME_SAMPLES = 1024
_ONSET_HOP_SAMPLES = 128
LISTEN = (0.3, 0.9)  # part of a note: after its attack and the tail of the note before
_TROUGH = 0.3  # YIN's threshold; at the usual 0.1 a tail sounding on makes subharmonics win


def note_pitches(
    sound: np.ndarray, notes: np.ndarray, lowest: int = 36, highest: int = 108
) -> np.ndarray:
    """Return the measured MIDI pitch of each note, with fractions: (K,).

    `sound` is (samples,); of `notes`, (K,) of dtype NOTE, only the times are used. YIN (de
    Cheveigne and Kawahara 2002) looks in the range of MIDI pitches from `lowest` to `highest`, an
    octave wide at least. A note's pitch is the median over most of its length.
    """
    track = pitch_track(sound, lowest, highest)
    centre = frame_centres(len(track))
    pitches = np.empty(len(notes))
    for k, note in enumerate(notes):
        start, length = int(note["onset_sample"]), int(note["offset_sample"] - note["onset_sample"])
        first, last = (start + part * length for part in LISTEN)
        inside = (centre >= first) & (centre < last)
        pitches[k] = librosa.hz_to_midi(np.median(track[inside]))
    return pitches


def frame_centres(frames: int) -> np.ndarray:
    """Return the sample at the centre of each frame of a track of pitches."""
    return np.arange(frames) * (_FRAME_SAMPLES // 4)


def pitch_track(sound: np.ndarray, lowest: int, highest: int) -> np.ndarray:
    """Return the pitch in Hz of each frame, by YIN."""
    track: np.ndarray = librosa.yin(
        sound,
        fmin=hz_of(lowest - 1),
        fmax=min(hz_of(highest + 1), SAMPLE_RATE_HZ / 2.1),
        sr=SAMPLE_RATE_HZ,
        frame_length=_FRAME_SAMPLES,
        trough_threshold=_TROUGH,
    )
    return track


def onset_times(sound: np.ndarray) -> np.ndarray:
    """Return onsets in seconds, by librosa's spectral-flux detector, ascending."""
    # Half a second of silence first, so that an onset at 0 is a change.
    lead = SAMPLE_RATE_HZ // 2
    found = librosa.onset.onset_detect(
        y=np.pad(sound, (lead, 0)),
        sr=SAMPLE_RATE_HZ,
        hop_length=_ONSET_HOP_SAMPLES,
        units="time",
    )
    return np.maximum(found - lead / SAMPLE_RATE_HZ, 0)


def hz_of(pitch: float) -> float:
    """Return the frequency of a MIDI pitch."""
    return float(np.asarray(librosa.midi_to_hz(pitch)))
