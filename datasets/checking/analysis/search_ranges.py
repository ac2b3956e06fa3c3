"""What an analysis may know before it measures: what is public about a corpus, and no label."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .harmonic_fit import Search
from .shape import Formant

_MARGIN_SEMITONES = 1


@dataclass(frozen=True)
class SearchRanges:
    """Ranges of a corpus. The defaults are those of sinusoids without formant."""

    lowest_pitch: int = 36
    highest_pitch: int = 96
    """MIDI pitches that there are"""
    band_hz: float = 6_500.0
    """partials lie below"""
    partials: int | None = None
    """no tone has more; None: as many as the band holds"""
    stiff: bool = True
    """whether partials may be inharmonic"""
    formant: Formant | None = None
    """what a formant looks like; None: there is none"""

    @property
    def search(self) -> Search:
        """The limits of a search for a pitch."""
        low, high = self.lowest_pitch - _MARGIN_SEMITONES, self.highest_pitch + _MARGIN_SEMITONES
        hz = 440 * 2 ** ((np.array([low, high]) - 69) / 12)
        return Search(float(hz[0]), float(hz[1]), self.band_hz, self.stiff)


def midi_pitch(hz: float) -> float:
    """Return a frequency as a MIDI pitch, with fractions."""
    return float(69 + 12 * np.log2(hz / 440))
