"""How it sounds: FluidSynth, tables of rendered notes, their sums as clips."""
