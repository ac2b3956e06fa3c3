"""How it sounds: FluidSynth, tables of rendered notes, and sums of notes as clips."""
