"""SoundFonts: which there are, where they come from, and which sha256 they must have.

No third-party SoundFont is part of the repository; `make setup` installs Debian's package. One
font of our own is: sinusoids.sf2, which dsounds.synth.sinusoids.font makes.
"""

if __name__ == "soundfonts":  # found in the current folder, where it hides others of that name
    raise ImportError(
        "this folder is the package dsounds.soundfonts of the dsounds repository: import "
        "dsounds.soundfonts; for another package soundfonts, start Python elsewhere or with -P"
    )

from .catalogue import MUSESCORE_GENERAL, SINUSOIDS, KnownFont, find_font

__all__ = ["MUSESCORE_GENERAL", "SINUSOIDS", "KnownFont", "find_font"]
