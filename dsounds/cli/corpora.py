"""Commands on corpora: generate, recipes, inspect, verify, concepts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import tyro

from ..datasets.concepts.pairs import PairRecipe
from ..datasets.recipes.base import Recipe
from ..errors import DsoundsError

_POSITIONAL = tyro.conf.Positional


def generate_from(recipe: Recipe) -> Callable[..., None]:
    """Return the command `generate`, with the settings of a recipe as options and defaults."""

    def generate(
        name: Annotated[str, _POSITIONAL],
        settings: Any = recipe,
        out: Path | None = None,
        workers: int = 1,
        shard_size: int | None = None,
        renderer: Literal["notes", "direct"] = "notes",
        scheduler: str | None = None,
        shards: str | None = None,
        repair: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    ) -> None:
        """Generate a corpus with known factors, or resume one after an interruption.

        Parameters
        ----------
        name
            a named recipe (dsounds recipes lists them), a recipe file (.toml), or dmelodies
        settings
            the choice of clips
        out
            folder of the corpus (default: corpora/NAME)
        workers
            number of processes
        shard_size
            clips per shard (default: 1000, or what the folder has)
        renderer
            notes: sums of notes; direct: each clip played by FluidSynth, slow
        scheduler
            address of a Dask scheduler, tcp://host:8786, whose workers make the shards; they must
            see the folder under the same path
        shards
            make only these, START:STOP, as one of several jobs at the same time; in the end the
            same command without it completes corpus.json
        repair
            make damaged shards again, and a damaged corpus.json
        """
        from ..datasets.generation.generate import GenerationOptions, run
        from ..datasets.generation.plan import shard_range

        folder = out or Path("corpora") / Path(name).stem
        chosen = None if shards is None else shard_range(shards)
        how = (workers, shard_size, renderer, True, scheduler, chosen, repair)
        made = run(GenerationOptions(settings, folder, *how))
        if repair:
            print(f"made again: {', '.join(made) or 'nothing, every file is whole'}")
        if chosen is not None:
            print(f"shards {shards} are in {folder}; without --shards the corpus is completed")
            return
        print(f"{settings.clips:,} clips in {folder}; look at them with: dsounds inspect {folder}")

    # tyro reads types from here; those of the settings depend on the recipe
    own = {
        "settings": Annotated[type(recipe), tyro.conf.OmitArgPrefixes, tyro.conf.FlagConversionOff]
    }
    generate.__annotations__ = get_type_hints(generate, globals(), include_extras=True) | own
    return generate


def recipes() -> None:
    """List the named recipes."""
    from ..datasets.recipes.registry import KINDS, about, names

    width = max(map(len, (*KINDS, *names())))
    for name in KINDS:
        print(f"{name:<{width}}  the settings that you give, beside defaults")
    for name in names():
        print(f"{name:<{width}}  {about(name)}")


def inspect(corpus: Annotated[str, _POSITIONAL], clips: int = 6, png: Path | None = None) -> None:
    """Print what a corpus holds and draw some of its clips.

    Parameters
    ----------
    corpus
        folder of the corpus; or a recipe, whose clips are rendered
    clips
        number of clips to draw
    png
        where the picture goes (default: CORPUS.png beside the corpus)
    """
    import numpy as np

    from ..datasets.checking.summary import summary
    from ..datasets.reading.opening import find_corpus
    from ..datasets.reading.picture import draw_clips
    from ..datasets.storage.own_files import PICTURE, check_own

    opened = find_corpus(corpus)
    picture = png or Path(corpus).resolve().with_suffix(".png")
    check_own(picture, PICTURE)
    print(summary(opened))
    draw_clips(opened, np.arange(min(max(clips, 1), len(opened))), picture)
    print(f"picture: {picture}")


def verify(
    corpus: Annotated[Path, _POSITIONAL],
    sample: int = 32,
    tables: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    shortcuts: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """Check a corpus: hashes, labels, a sample rendered again, what is heard in it.

    Parameters
    ----------
    corpus
        folder of the corpus
    sample
        number of clips to render again and to listen to
    tables
        print the confusion table of every factor that is measured, not only of those with errors:
        labelled values in rows, heard ones in columns
    shortcuts
        print how well statistics that hear nothing, such as the level, tell each factor
    """
    from ..datasets.checking.summary import verdict
    from ..datasets.checking.verify import verify as run

    findings = run(corpus, sample)
    print(verdict(findings, tables))
    if findings.problems:
        raise DsoundsError(f"{corpus}: {'; '.join(findings.problems)}")
    if shortcuts:
        from ..datasets.checking.shortcuts import shortcut_lines
        from ..datasets.checking.shortcuts import shortcuts as tell
        from ..datasets.reading.opening import open_corpus

        print(f"\n{shortcut_lines(tell(open_corpus(corpus)))}")


def concepts(
    corpus: Annotated[str, _POSITIONAL],
    recipe: Annotated[PairRecipe, tyro.conf.OmitArgPrefixes] = PairRecipe(),  # noqa: B008
    out: Path | None = None,
    examples: int = 1000,
    split: str | None = None,
) -> None:
    """Print the symbols of a corpus, or write labels and recombinations of them into a file.

    Parameters
    ----------
    corpus
        folder of a corpus, or a recipe
    recipe
        the number of labels, and what they leave out
    out
        the new HDF5 file; without it the symbols are printed
    examples
        examples of AND, IN COMMON and IGNORE for training
    split
        which split decides the parts (default: the corpus's first)
    """
    from ..datasets.concepts import concept_file
    from ..datasets.reading.opening import find_corpus
    from ..datasets.storage.destination import refuse_existing
    from ..datasets.symbols.vocabulary import listing

    opened = find_corpus(corpus)
    if out is None:
        vocabulary = opened.vocabulary
        print(listing(vocabulary, vocabulary.khot(opened.classes)))
        return
    refuse_existing(out)
    content = concept_file.draw(opened, recipe, split, examples)
    concept_file.write(content, out)
    held = "; ".join(map(str, content.pairs.held_out)) or "nothing"
    print(f"{len(content.pairs.clip):,} labels in {out}; held out: {held}")
