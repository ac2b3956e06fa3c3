"""The command that examines this machine: doctor."""

from __future__ import annotations

from ..errors import DsoundsError
from ..soundfonts.catalogue import MUSESCORE_GENERAL


def doctor(soundfont: str = MUSESCORE_GENERAL.name) -> None:
    """Print versions, where libfluidsynth and the SoundFont are, and play one note.

    Parameters
    ----------
    soundfont
        name of a known SoundFont, or a path
    """
    from ..datasets.checking.doctor import examine

    checks = examine(soundfont)
    width = max(len(check.name) for check in checks)
    for check in checks:
        print(f"{'ok' if check.well else '!!'}  {check.name:<{width}}  {check.found}")
    wrong = [check.found for check in checks if not check.well]
    if wrong:
        raise DsoundsError("; ".join(wrong))
