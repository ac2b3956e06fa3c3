"""Commands that bring corpora out and recordings in: export, import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import tyro

from ..errors import DsoundsError

_POSITIONAL = tyro.conf.Positional


def export_to(chosen: str | None) -> Callable[..., None]:
    """Return the command `export`, with the settings of the chosen format as options."""
    from ..datasets.export import FORMATS, NoSettings
    from ..datasets.export import export as write

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
        from ..datasets.reading.corpus import find_corpus

        found = find_corpus(corpus)
        place = write(found, format, out, split, clips, progress=True, **asdict(settings))
        print(f"{format}: {place}")

    # tyro reads types from here; those of the settings depend on the format
    types = {"settings": Annotated[own, tyro.conf.OmitArgPrefixes]}
    hints = get_type_hints(export, globals(), {"table": table}, include_extras=True)
    export.__annotations__ = hints | types
    return export


def import_(
    folder: Annotated[Path, _POSITIONAL],
    out: Path,
    labels: Path | None = None,
    preset: Literal["urmp", "nsynth"] | None = None,
    factors: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
    seconds: float = 4.0,
    hop: float | None = None,
    normalise: Literal["clip", "group", "corpus"] | None = None,
    confidence: float | None = None,
    validation: float = 0.2,
    test: float = 0.0,
    seed: int = 0,
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
        CSV or JSON: file, then a column for each factor; split, group, unit where wanted
    preset
        a known layout in place of labels
    factors
        columns of the labels that become factors (default: all)
    only
        NAME=VALUE,VALUE: recordings with these labels only
    seconds
        length of a clip
    hop
        seconds from the begin of a clip to that of the next (default: the length)
    normalise
        what is brought to full scale: each clip, or the loudest recording of its group, or that of
        the corpus (default: clip; urmp: group, its instrument)
    confidence
        clips with a lower mean pitch confidence (pYIN) are dropped; 0 keeps all (default: 0.85;
        nsynth: 0)
    validation
        part of the recordings kept for validation, where the labels give no split
    test
        part of the recordings kept for a test
    seed
        seed of the split
    workers
        processes that listen for pitch
    shard_size
        clips per shard
    """
    from ..datasets.importing import PRESETS, ImportSettings, import_recordings, keep, read_labels

    if (labels is None) == (preset is None):
        raise DsoundsError("give --labels TABLE, or --preset for a layout that dsounds knows")
    known = PRESETS.get(preset or "")
    recordings = known.read(folder) if known else read_labels(folder, labels or Path())
    settings = ImportSettings(
        seconds=seconds,
        hop_s=hop,
        normalise=normalise or (known.normalise if known else "clip"),
        confidence=confidence if confidence is not None else known.confidence if known else 0.85,
        validation=validation,
        test=test,
        seed=seed,
    )
    taken = keep(recordings, factors, only)
    done = import_recordings(
        taken, out, settings, workers=workers, shard_size=shard_size, progress=True
    )
    sure = "" if done.confidence is None else f" (the median of all is {done.confidence:.2f})"
    print(
        f"{done.clips:,} clips of {done.recordings:,} recordings in {done.folder}; dropped: "
        f"{done.dropped:,} clips with a lower pitch confidence{sure}, "
        f"{done.short:,} recordings shorter than a clip"
    )
    print(", ".join(f"{clips:,} {part}" for part, clips in done.parts.items()))
    if validation and not done.parts["validation"]:
        print("no clip is for validation: more recordings, or a larger --validation, are needed")
