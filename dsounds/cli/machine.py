"""Commands on this machine and its SoundFonts: doctor, soundfont."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import tyro

from ..errors import DsoundsError
from ..soundfonts.catalogue import MUSESCORE_GENERAL, find_font


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


def soundfont(
    soundfont: Annotated[str, tyro.conf.Positional] = MUSESCORE_GENERAL.name,
    measure: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    out: Path | None = None,
) -> None:
    """Print at which pitch each program of a SoundFont sounds, beside the keys that are pressed.

    It is measured once for each SoundFont, which takes half a minute, and kept.

    Parameters
    ----------
    soundfont
        name of a known SoundFont, or a path
    measure
        measure it again, even if its table is there
    out
        where the table goes (default: beside a known SoundFont, else in the cache folder)
    """
    from ..datasets.checking.program_pitch import table_lines, tabulate

    table, path = tabulate(find_font(soundfont), measure, out)
    print("\n".join(table_lines(table)))
    if path:
        print(f"\ntable: {path}")
