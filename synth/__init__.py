"""How a clip sounds: melodies to notes, notes to audio through FluidSynth, audio to log-mel.

This room knows no files of a corpus, no labels and no models.
"""

from .rendering import fluidsynth  # before pretty_midi, which imports pyfluidsynth too, and aloud

__all__ = ["fluidsynth"]
