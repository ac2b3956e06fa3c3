"""How a clip sounds: melodies to notes, notes to audio through FluidSynth, audio to log-mel.

This room knows no files of a corpus, no labels and no models.
"""

if __name__ == "synth":  # found in the current folder, where it hides others of that name
    raise ImportError(
        "this folder is the package dsounds.synth of the dsounds repository: import "
        "dsounds.synth; for another package synth, start Python elsewhere or with -P"
    )

from .rendering import fluidsynth  # before pretty_midi, which imports pyfluidsynth too, and aloud

__all__ = ["fluidsynth"]
