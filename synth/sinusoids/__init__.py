"""The toy sounds: a SoundFont of band-limited tables, made here, and the tones that it plays.

`timbres` says what a spectrum is, `waves` turns it into samples, `sf2` writes SoundFonts with
`generators`, and `font` puts soundfonts/sinusoids.sf2 together. `tones` tells which preset and
which generators give a tone.
"""
