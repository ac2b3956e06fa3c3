"""Measuring rendered sound by means that did not make it: pitch and onsets, by librosa."""

import librosa
import numpy as np

from ...synth.rendering.fluidsynth import SAMPLE_RATE_HZ

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
    track = _track(sound, lowest, highest)
    centre = np.arange(len(track)) * (_FRAME_SAMPLES // 4)
    pitches = np.empty(len(notes))
    for k, note in enumerate(notes):
        start, length = int(note["onset_sample"]), int(note["offset_sample"] - note["onset_sample"])
        first, last = (start + part * length for part in _LISTEN)
        inside = (centre >= first) & (centre < last)
        pitches[k] = librosa.hz_to_midi(np.median(track[inside]))
    return pitches


def _track(sound: np.ndarray, lowest: int, highest: int) -> np.ndarray:
    """Pitch in Hz per frame, by YIN."""
    track: np.ndarray = librosa.yin(
        sound,
        fmin=_hz(lowest - 1),
        fmax=min(_hz(highest + 1), SAMPLE_RATE_HZ / 2.1),
        sr=SAMPLE_RATE_HZ,
        frame_length=_FRAME_SAMPLES,
        trough_threshold=_TROUGH,
    )
    return track


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


EXPRESSION = ("level", "brightness", "attack", "vibrato", "tuning")
_BRIGHT = 3.5  # partials above this multiple of the pitch


def expression(sound: np.ndarray, notes: np.ndarray) -> dict[str, float]:
    """Numbers that tell how a melody is played, each the median over its notes.

    sound: (samples,), -1 to 1; notes: (K,) of dtype NOTE. Returns, by the names of `EXPRESSION`:
    peak in dB; power above 3.5 times the pitch in dB of all; mean time of the first note's energy
    in seconds; spread of the pitch within notes (85th less 15th percentile), and its deviation from
    equal temperament, in cents.
    """
    low, high = int(notes["pitch"].min()), int(notes["pitch"].max())
    track = _track(sound, low - 3, max(high + 3, low + 12))
    centre = np.arange(len(track)) * (_FRAME_SAMPLES // 4)
    off, spread, bright = [], [], []
    for note in notes[notes["velocity"] > 0]:
        start, stop = int(note["onset_sample"]), int(note["offset_sample"])
        first, last = (start + part * (stop - start) for part in _LISTEN)
        cents = 1200 * np.log2(track[(centre >= first) & (centre < last)] / _hz(note["pitch"]))
        cents = cents[np.abs(cents) < 300]  # octave errors of the tracker
        if len(cents) > 2:
            off.append(np.median(cents))
            spread.append(np.subtract(*np.percentile(cents, [85, 15])))
        bright.append(_brightness_db(sound[int(first) : stop], _hz(note["pitch"])))
    return {
        "level": float(20 * np.log10(np.abs(sound).max() + 1e-9)),
        "brightness": float(np.median(bright)),
        "attack": _rise_s(sound, notes[0]),
        "vibrato": float(np.median(spread or [0.0])),
        "tuning": float(np.median(off or [0.0])),
    }


def _brightness_db(sound: np.ndarray, pitch_hz: float) -> float:
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE_HZ)
    return float(
        10 * np.log10((power[hz > _BRIGHT * pitch_hz].sum() + 1e-12) / (power.sum() + 1e-12))
    )


def _rise_s(sound: np.ndarray, note: np.ndarray) -> float:
    """Mean time of a note's energy after its onset, before which there was silence."""
    energy = sound[int(note["onset_sample"]) : int(note["offset_sample"])].astype(np.float64) ** 2
    time_s = np.arange(len(energy)) / SAMPLE_RATE_HZ
    return float((time_s * energy).sum() / (energy.sum() + 1e-12))
