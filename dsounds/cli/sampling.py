"""The command `sample`: its options are the settings of the mode that is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import tyro

from ..errors import DsoundsError
from ..settings import check_plain, shortly
from .arguments import given

_POSITIONAL = tyro.conf.Positional


def sample_from(arguments: list[str]) -> Callable[..., None]:
    """Return the command `sample` for a command line: with the mode's settings as options.

    Without a mode, the command lists the modes.
    """
    if arguments[:1] != ["sample"] or len(arguments) == 1:
        return sample
    from ..train.samples.mode import MODES, NoSettings

    chosen = given(arguments, "--mode")
    return _sample(MODES.load(chosen).settings if chosen else NoSettings)


def sample() -> None:
    """Make sequences with a run's model: drawn, swapped, predicted, traversed; list the modes."""
    from ..train.samples.mode import MODES

    width = max(map(len, MODES.names))
    for name in MODES.names:
        print(f"{name:<{width}}  {MODES.summary(name)}")
    print("\ndsounds sample RUN --mode MODE --out FOLDER; with --help it shows the mode's settings")


def _sample(own: type) -> Callable[..., None]:
    from ..train.samples.mode import MODES

    told = "; ".join(f"{name}: {MODES.summary(name)}" for name in MODES.names)
    told += ". Some have options of their own: dsounds sample RUN --mode MODE --help"
    table = tyro.conf.arg(metavar=f"{{{','.join(MODES.names)}}}", help=told)
    numbers = tyro.conf.arg(metavar="N,N")

    def sample(
        run: Annotated[Path, _POSITIONAL],
        mode: Annotated[str, table],
        out: Path,
        settings: Any = own(),  # noqa: B008
        clips: Annotated[str, numbers] = "",
        corpus: Path | None = None,
        count: int = 4,
        frames: int | None = None,
        seed: int = 0,
    ) -> None:
        """Make sequences with a run's model: sound, a picture and arrays in a new folder.

        Parameters
        ----------
        run
            run folder
        out
            the new folder
        settings
            what this mode alone has
        clips
            numbers of the clips to start from (default: the priors, or clips of validation)
        corpus
            another corpus than the run's own
        count
            sequences, or draws beside each clip
        frames
            length of the sequences (default: that of a clip)
        seed
            draws all that is drawn
        """
        from ..train.samples.run import sample_run

        made = sample_run(
            run,
            mode,
            out,
            clips=_numbers(clips),
            corpus=corpus,
            count=count,
            frames=frames,
            seed=seed,
            progress=True,
            **asdict(settings),
        )
        print(f"{len(made.rows)} x {len(made.columns)} sequences: {out}")

    # tyro reads types from here; those of the settings depend on the mode
    types = {"settings": Annotated[own, tyro.conf.OmitArgPrefixes]}
    local = {"table": table, "numbers": numbers}
    sample.__annotations__ = get_type_hints(sample, globals(), local, include_extras=True) | types
    return sample


def _numbers(text: str) -> tuple[int, ...]:
    """Return the clips of "3,17"."""
    try:
        numbers = tuple(int(one) for one in text.split(",")) if text else ()
    except ValueError:
        raise DsoundsError(
            f"clips is {shortly(text)}: numbers with commas between them are needed, as 3,17"
        ) from None
    check_plain("clips", numbers)
    return numbers
