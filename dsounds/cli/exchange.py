"""Commands that bring corpora out and recordings in: export, import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import tyro

from ..errors import DsoundsError
from .arguments import given

_POSITIONAL = tyro.conf.Positional


def export_from(arguments: list[str]) -> Callable[..., None]:
    """Return the command `export`, with the settings of the format that is given as options."""
    from ..datasets.export import FORMATS, NoSettings
    from ..datasets.export import export as write

    chosen = given(arguments, "--format") if arguments[:1] == ["export"] else None
    own = FORMATS.load(chosen).settings if chosen else NoSettings
    formats = ",".join(FORMATS.names)
    told = "; ".join(f"{name}: {FORMATS.summary(name)}" for name in FORMATS.names)
    told += ". Some have options of their own: dsounds export CORPUS --format FORMAT --help"
    table = tyro.conf.arg(metavar=f"{{{formats}}}", help=told)

    def export(
        corpus: Annotated[str, _POSITIONAL],
        format: Annotated[str, table],
        settings: Any = own(),  # noqa: B008
        out: Path | None = None,
        split: str | None = None,
        clips: str | None = None,
    ) -> None:
        """Write a corpus in another format: a new file or folder.

        Parameters
        ----------
        corpus
            folder of a corpus, or a recipe as for generate, whose clips are rendered on the way
        settings
            what this format alone has
        out
            the new file or folder; not for a format that goes into the corpus's folder
        split
            which split decides the parts (default: the corpus's first)
        clips
            A:B, clips A to before B (default: all)
        """
        from ..datasets.reading.opening import find_corpus
        from ..datasets.reading.split_words import split_words

        found = find_corpus(corpus)
        place = write(found, format, out, split, clips, progress=True, **asdict(settings))
        told = split_words(found, split)
        print(f"{format}: {place}" + (f" ({told})" if told else ""))

    # tyro reads types from here; those of the settings depend on the format
    types = {"settings": Annotated[own, tyro.conf.OmitArgPrefixes]}
    hints = get_type_hints(export, globals(), {"table": table}, include_extras=True)
    export.__annotations__ = hints | types
    return export


def import_from(arguments: list[str]) -> Callable[..., None]:
    """Return the command `import`, whose settings start from those of the layout that is given."""
    start: Any = None
    layouts: Any = str
    if arguments[:1] == ["import"]:  # importing needs libraries that take a second to load
        from ..datasets.importing import PRESETS, ImportSettings

        known = PRESETS.get(given(arguments, "--preset") or "")
        start = known.settings if known else ImportSettings()
        layouts = Literal[tuple(PRESETS)]

    def import_(
        folder: Annotated[Path, _POSITIONAL],
        out: Path,
        labels: Path | None = None,
        preset: str | None = None,
        factors: tuple[str, ...] = (),
        only: tuple[str, ...] = (),
        settings: Any = start,
        workers: int = 1,
        shard_size: int = 1000,
    ) -> None:
        """Make a corpus of a folder of recordings with a table of labels.

        Parameters
        ----------
        folder
            folder of the recordings
        out
            folder of the new corpus
        labels
            CSV or JSON: file (or file_name), then a column for each factor; split, group, unit
            where wanted
        preset
            a known layout in place of labels
        factors
            columns of the labels that become factors (default: all)
        only
            NAME=VALUE,VALUE: recordings with these labels only
        settings
            how recordings become clips
        workers
            processes that listen for pitch
        shard_size
            clips per shard
        """
        from ..datasets.importing import PRESETS, import_recordings, keep, read_labels

        if (labels is None) == (preset is None):
            exported = any(folder.glob("*/metadata.csv")) or (folder / "metadata.csv").is_file()
            raise DsoundsError(
                "give --labels TABLE, or --preset for a layout that dsounds knows"
                + (f": {folder} looks like an audiofolder" if exported and preset is None else "")
            )
        read = PRESETS[preset].read(folder) if preset else read_labels(folder, labels or Path())
        taken = keep(read, factors, only)
        done = import_recordings(
            taken, out, settings, workers=workers, shard_size=shard_size, progress=True
        )
        print(done.summary())
        if settings.validation and not done.parts["validation"]:
            print(
                "no clip is for validation: more recordings, or a larger --validation, are needed"
            )

    # tyro reads types from here
    types: dict[str, Any] = {"settings": Annotated[type(start), tyro.conf.OmitArgPrefixes]}
    types["preset"] = layouts | None
    import_.__annotations__ = get_type_hints(import_, globals(), include_extras=True) | types
    return import_
