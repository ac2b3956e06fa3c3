"""SoundFonts: which there are, where they come from, which hash they must have.

No third-party SoundFont is part of the repository; `make setup` installs Debian's package. One of
our own is: sinusoids.sf2, made by dsounds.synth.sinusoids.font.
"""

from .catalogue import MUSESCORE_GENERAL, SINUSOIDS, KnownFont, find_font

__all__ = ["MUSESCORE_GENERAL", "SINUSOIDS", "KnownFont", "find_font"]
