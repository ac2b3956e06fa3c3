"""SoundFonts: which there are, where they come from, which hash they must have.

No third-party SoundFont is part of the repository; `make setup` installs Debian's package.
"""

from .catalogue import MUSESCORE_GENERAL, KnownFont, file_sha256, find_font
from .errors import DsoundsError

__all__ = ["MUSESCORE_GENERAL", "DsoundsError", "KnownFont", "file_sha256", "find_font"]
