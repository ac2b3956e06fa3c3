"""The command line: `dsounds COMMAND`. Each command calls one function of the library.

What a user can put right is printed as one line, with exit code 2; an interrupt exits with 130.
Heavy libraries are imported by the command that needs them.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import tyro

from .datasets.recipes.base import Recipe
from .datasets.recipes.dmelodies import DMelodies
from .datasets.recipes.registry import load_recipe
from .errors import DsoundsError
from .soundfonts.catalogue import MUSESCORE_GENERAL

Method = Literal["dsae", "dsae-f", "ts-dsae-noreg", "ts-dsae"]
Preset = Literal["fast", "paper", "released"]

_POSITIONAL = tyro.conf.Positional


def generate_from(recipe: Recipe) -> Callable[..., None]:
    """The command `generate`, with the settings of a recipe as options and defaults."""

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
        """Generate a corpus with known factors, or go on with one after an interruption.

        Args:
            name: a named recipe (dsounds recipes lists them), a recipe file (.toml), or dmelodies
            settings: the choice of clips
            out: folder of the corpus (default: corpora/NAME)
            workers: number of processes
            shard_size: clips per shard (default: 1000, or what the folder has)
            renderer: notes: sums of notes; direct: each clip played by FluidSynth, slow
            scheduler: address of a Dask scheduler, tcp://host:8786, whose workers make the shards;
                they must see the folder under the same path
            shards: make only these, START:STOP, as one of several jobs at the same time; in the
                end the same command without it completes corpus.json
            repair: make damaged shards again, and a damaged corpus.json
        """
        from .datasets.generation.generate import Order, run
        from .datasets.generation.plan import shard_range

        folder = out or Path("corpora") / Path(name).stem
        chosen = None if shards is None else shard_range(shards)
        how = (workers, shard_size, renderer, True, scheduler, chosen, repair)
        made = run(Order(settings, folder, *how))
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
    from .datasets.recipes.registry import KINDS, about, names

    width = max(map(len, (*KINDS, *names())))
    for name in KINDS:
        print(f"{name:<{width}}  the settings that you give, beside defaults")
    for name in names():
        print(f"{name:<{width}}  {about(name)}")


def inspect(corpus: Annotated[str, _POSITIONAL], clips: int = 6, png: Path | None = None) -> None:
    """Print what a corpus holds and draw some of its clips.

    Args:
        corpus: folder of the corpus; or a recipe, whose clips are rendered
        clips: number of clips to draw
        png: where the picture goes (default: CORPUS.png beside the corpus)
    """
    import numpy as np

    from .datasets.checking.summary import summary
    from .datasets.reading.corpus import find_corpus
    from .datasets.reading.picture import draw_clips

    opened = find_corpus(corpus)
    print(summary(opened))
    picture = png or Path(corpus).resolve().with_suffix(".png")
    draw_clips(opened, np.arange(min(max(clips, 1), len(opened))), picture)
    print(f"picture: {picture}")


def verify(
    corpus: Annotated[Path, _POSITIONAL],
    sample: int = 32,
    tables: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
) -> None:
    """Check a corpus: hashes, labels, a sample rendered again, what is heard in it.

    Args:
        corpus: folder of the corpus
        sample: number of clips to render again and to listen to
        tables: print the confusion table of every factor that is measured, not only of those with
            errors: labelled values in rows, heard ones in columns
    """
    from .datasets.checking.summary import verdict
    from .datasets.checking.verify import verify as run

    findings = run(corpus, sample)
    print(verdict(findings, tables))
    if findings.problems:
        raise DsoundsError(f"{corpus}: {'; '.join(findings.problems)}")


def train(
    method: Annotated[Method, _POSITIONAL],
    corpus: str,
    out: Path | None = None,
    recipe: Preset = "fast",
    split: str = "",
    seed: int = 0,
    z_dim: int | None = None,
    v_dim: int | None = None,
    epochs: int | None = None,
    stage1_epochs: int | None = None,
    batch_size: int | None = None,
    epoch_clips: int | None = None,
    learning_rate: float | None = None,
    reconstruction_weight: float | None = None,
    scaling: Literal["paper", "released"] | None = None,
    swaps: Literal["one", "both"] | None = None,
    patience: int | None = None,
    device: Literal["cpu", "cuda", "auto"] | None = None,
    threads: int | None = None,
) -> None:
    """Train a model on a corpus, or go on with a run after an interruption.

    What is not given comes from the recipe.

    Args:
        method: which model and objective
        corpus: folder of the corpus; or a recipe, whose clips are rendered as they are needed
        out: run folder (default: runs/METHOD)
        recipe: named settings: fast (seconds), paper or released (hours)
        split: which split of the corpus tells training from validation (default: its first)
        seed: seed of weights, batches and noise
        z_dim: size of the local code
        v_dim: size of the global code
        epochs: number of epochs, both stages together
        stage1_epochs: epochs of constrained training, C of the paper
        batch_size: clips per batch
        epoch_clips: training clips in an epoch, drawn anew for each; 0: all of them, but 20,000 at
            most of a corpus that is rendered as it is needed
        learning_rate: of Adam
        reconstruction_weight: weight of the reconstruction, w
        scaling: of the loss: Eq 2 as written, or means as in the released code
        swaps: one swapped pass with weight 2, or both
        patience: epochs without a better validation Eq 2 before training stops
        device: where to train
        threads: of torch; 0 leaves them alone
    """
    settings = {k: v for k, v in locals().items() if k not in ("method", "corpus", "out")}
    from .datasets.reading.corpus import find_corpus
    from .train.fitting.run_data import train_on_corpus
    from .train.settings.presets import configure

    config = configure(method, corpus, corpus_id=find_corpus(corpus).id, **settings)
    folder = train_on_corpus(config, out or Path("runs") / method)
    print(f"trained in {folder}; score it with: dsounds evaluate {folder}")


def evaluate(
    run: Annotated[Path, _POSITIONAL],
    corpus: Path | None = None,
    part: Literal["validation", "test"] = "validation",
    seed: int = 0,
) -> None:
    """Score a run against the true labels of its corpus; writes scores.json into the run folder.

    Scores on another part go to scores-test.json there, on another corpus to scores-ID.json,
    on another part of another corpus to scores-ID-test.json.

    Args:
        run: run folder
        corpus: another corpus than the run's own
        part: whose clips are scored: validation, or test, which the run has not seen in any way
        seed: draws the partners of the swaps
    """
    from .train.scores.evaluate import evaluate as score
    from .train.scores.evaluate import scores_path, table

    result = score(run, corpus, seed, part)
    print(table(result))
    print(f"scores: {scores_path(run, result)}")


def report(
    runs: Annotated[tuple[Path, ...], _POSITIONAL],
    out: Path = Path("report.html"),
    clips: int = 3,
    seed: int = 0,
) -> None:
    """Write one HTML page that compares runs: scores, curves, swaps to see and hear, codes.

    Args:
        runs: run folders, all trained on the same corpus
        out: the page
        clips: pairs of clips to swap
        seed: draws the pairs
    """
    from .train.report import report as write

    if not runs:
        raise DsoundsError("no run is given: dsounds report RUN [RUN ...]")
    print(f"report: {write(list(runs), out, clips, seed)}")


def demo(out: Path = Path("demo"), clips: int = 600, workers: int = 2) -> None:
    """The main job in one go: a corpus, TS-DSAE and DSAE trained and scored, a report.

    Args:
        out: folder of everything the demo makes
        clips: size of the corpus
        workers: processes that generate
    """
    from .train.experiments.demo import demo as run

    run(out, clips, workers)


def doctor(soundfont: str = MUSESCORE_GENERAL.name) -> None:
    """Print versions, where libfluidsynth and the SoundFont are, and play one note.

    Args:
        soundfont: name of a known SoundFont, or a path
    """
    from .datasets.checking.doctor import examine

    checks = examine(soundfont)
    width = max(len(check.name) for check in checks)
    for check in checks:
        print(f"{'ok' if check.well else '!!'}  {check.name:<{width}}  {check.found}")
    wrong = [check.found for check in checks if not check.well]
    if wrong:
        raise DsoundsError("; ".join(wrong))


def export(
    corpus: Annotated[str, _POSITIONAL],
    format: Literal["wav", "msd", "npz", "midi", "hdf5", "croissant"],
    out: Path | None = None,
    split: str | None = None,
    clips: str | None = None,
    features: Literal["audio", "log-mel"] = "audio",
) -> None:
    """Write a corpus in another format: a new file or folder.

    Args:
        corpus: folder of a corpus, or a recipe as for generate, whose clips are rendered on the way
        format: wav: a folder for Hugging Face's audiofolder; msd: HDF5 as the MSD benchmark has it;
            npz: as dSprites; midi: a folder; hdf5: one file that joins the shards;
            croissant: croissant.json and datasheet.md in the corpus's folder
        out: the new file or folder; not for croissant
        split: which split decides the parts (default: the corpus's first)
        clips: A:B, clips A to before B (default: all)
        features: what msd holds: sound, or log-mel spectrograms
    """
    from .datasets.export import export as write
    from .datasets.reading.corpus import find_corpus

    place = write(find_corpus(corpus), format, out, split, clips, features, progress=True)
    print(f"{format}: {place}")


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

    Args:
        folder: folder of the recordings
        out: folder of the new corpus
        labels: CSV or JSON: file, then a column for each factor; split, group, unit where wanted
        preset: a known layout in place of labels
        factors: columns of the labels that become factors (default: all)
        only: NAME=VALUE,VALUE: recordings with these labels only
        seconds: length of a clip
        hop: seconds from the begin of a clip to that of the next (default: the length)
        normalise: what is brought to full scale: each clip, or the loudest recording of its group,
            or that of the corpus (default: clip; urmp: group, its instrument)
        confidence: clips with a lower mean pitch confidence (pYIN) are dropped; 0 keeps all
            (default: 0.85; nsynth: 0)
        validation: part of the recordings kept for validation, where the labels give no split
        test: part of the recordings kept for a test
        seed: seed of the split
        workers: processes that listen for pitch
        shard_size: clips per shard
    """
    from .datasets.importing import PRESETS, ImportSettings, import_recordings, keep, read_labels

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


def concepts(
    corpus: Annotated[str, _POSITIONAL],
    out: Path | None = None,
    labelled: float = 0.05,
    most_symbols: int = 3,
    recombinations: int = 4,
    hold_out: tuple[str, ...] = (),
    tests: int = 10,
    examples: int = 1000,
    split: str | None = None,
    seed: int = 0,
) -> None:
    """Print the symbols of a corpus, or write labels and recombinations of them into a file.

    Args:
        corpus: folder of a corpus, or a recipe
        out: the new HDF5 file; without it the symbols are printed
        labelled: part of the training clips that have a label (below 1), or their number
        most_symbols: largest number of symbols in a label
        recombinations: how many recombinations of two symbols no label shows, drawn by chance
        hold_out: these instead, such as "strings & high"
        tests: test clips of each recombination
        examples: examples of AND, IN COMMON and IGNORE for training
        split: which split decides the parts (default: the corpus's first)
        seed: seed of the draws
    """
    from .datasets.concepts import concept_file
    from .datasets.concepts.pairs import PairRecipe
    from .datasets.reading.corpus import find_corpus
    from .datasets.symbols.vocabulary import listing

    opened = find_corpus(corpus)
    if out is None:
        vocabulary = opened.vocabulary
        print(listing(vocabulary, vocabulary.khot(opened.classes)))
        return
    recipe = PairRecipe(labelled, most_symbols, recombinations, hold_out, tests, seed)
    content = concept_file.draw(opened, recipe, split, examples)
    concept_file.write(content, out)
    held = "; ".join(map(str, content.pairs.held_out)) or "nothing"
    print(f"{len(content.pairs.clip):,} labels in {out}; held out: {held}")


COMMANDS: dict[str, Callable[..., Any]] = {
    "recipes": recipes,
    "inspect": inspect,
    "verify": verify,
    "train": train,
    "evaluate": evaluate,
    "report": report,
    "concepts": concepts,
    "export": export,
    "import": import_,
    "demo": demo,
    "doctor": doctor,
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, 2 for what a user can put right, 130."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        generate = {"generate": generate_from(_recipe_of(arguments))}
        tyro.extras.subcommand_cli_from_dict(
            generate | COMMANDS,
            prog="dsounds",
            description="Sound with every factor known, and models that disentangle it.",
            args=arguments,
        )
    except DsoundsError as error:
        return _complain(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where it stopped", file=sys.stderr)
        return 130
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EFBIG):
            raise
        return _complain(f"{error.filename or 'output'}: {error.strerror}")
    return 0


def _recipe_of(arguments: list[str]) -> Recipe:
    """The recipe that `generate` is to start from: its settings are the options of the command."""
    match arguments:
        case ["generate", name, *_] if not name.startswith("-"):
            return load_recipe(name)
    return DMelodies()


def _complain(message: str) -> int:
    print(f"dsounds: {' '.join(message.split())}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
