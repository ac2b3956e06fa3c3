"""How a clip sounds: melodies to notes, notes to audio through FluidSynth, audio to log-mel.

This room knows no files of a corpus, no labels and no models.
"""

# This comes before pretty_midi, which imports pyfluidsynth too and lets it print what it found.
from .rendering import fluidsynth

__all__ = ["fluidsynth"]
