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
from typing import Annotated, Any, Literal

import tyro

from .datasets.dmelodies import DMelodies
from .soundfonts.catalogue import MUSESCORE_GENERAL
from .soundfonts.errors import DsoundsError

Kind = Literal["dmelodies"]
Method = Literal["dsae", "dsae-f", "ts-dsae-noreg", "ts-dsae"]
Preset = Literal["fast", "paper", "released"]

_POSITIONAL = tyro.conf.Positional


def generate(
    kind: Annotated[Kind, _POSITIONAL],
    recipe: Annotated[DMelodies, tyro.conf.OmitArgPrefixes],
    out: Path | None = None,
    workers: int = 1,
    shard_size: int | None = None,
    renderer: Literal["notes", "direct"] = "notes",
) -> None:
    """Generate a corpus with known factors, or go on with one after an interruption.

    Args:
        kind: what to generate: dmelodies, two-bar melodies on General MIDI instruments
        recipe: the choice of clips
        out: folder of the corpus (default: corpora/KIND)
        workers: number of processes
        shard_size: clips per shard (default: 1000, or what the folder has)
        renderer: notes: sums of notes; direct: each clip played by FluidSynth, slow
    """
    from .datasets.generation import generate as run

    folder = run(recipe, out or Path("corpora") / kind, workers, shard_size, renderer)
    print(f"{recipe.count:,} clips in {folder}; look at them with: dsounds inspect {folder}")


def inspect(corpus: Annotated[Path, _POSITIONAL], clips: int = 6, png: Path | None = None) -> None:
    """Print what a corpus holds and draw some of its clips.

    Args:
        corpus: folder of the corpus
        clips: number of clips to draw
        png: where the picture goes (default: CORPUS.png beside the corpus)
    """
    import numpy as np

    from .datasets import open_corpus
    from .datasets.picture import draw_clips
    from .datasets.tables import summary

    opened = open_corpus(corpus)
    print(summary(opened))
    folder = corpus.resolve()
    picture = png or folder.with_name(folder.name + ".png")
    draw_clips(opened, np.arange(min(max(clips, 1), len(opened))), picture)
    print(f"picture: {picture}")


def verify(corpus: Annotated[Path, _POSITIONAL], sample: int = 32) -> None:
    """Check a corpus: hashes, labels, a sample rendered again, pitches and onsets heard.

    Args:
        corpus: folder of the corpus
        sample: number of clips to render again and to listen to
    """
    from .datasets.tables import verdict
    from .datasets.verify import verify as run

    findings = run(corpus, sample)
    print(verdict(findings))
    if findings.problems:
        raise DsoundsError(f"{corpus}: {'; '.join(findings.problems)}")


def train(
    method: Annotated[Method, _POSITIONAL],
    corpus: Path,
    out: Path | None = None,
    recipe: Preset = "fast",
    seed: int = 0,
    z_dim: int | None = None,
    v_dim: int | None = None,
    epochs: int | None = None,
    stage1_epochs: int | None = None,
    batch_size: int | None = None,
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
        corpus: folder of the corpus
        out: run folder (default: runs/METHOD)
        recipe: named settings: fast (seconds), paper or released (hours)
        seed: seed of weights, batches and noise
        z_dim: size of the local code
        v_dim: size of the global code
        epochs: number of epochs, both stages together
        stage1_epochs: epochs of constrained training, C of the paper
        batch_size: clips per batch
        learning_rate: of Adam
        reconstruction_weight: weight of the reconstruction, w
        scaling: of the loss: Eq 2 as written, or means as in the released code
        swaps: one swapped pass with weight 2, or both
        patience: epochs without a better validation Eq 2 before training stops
        device: where to train
        threads: of torch; 0 leaves them alone
    """
    settings = {k: v for k, v in locals().items() if k not in ("method", "corpus", "out")}
    from .datasets import open_corpus
    from .train.corpus import train_on_corpus
    from .train.recipes import configure

    config = configure(method, str(corpus), corpus_id=open_corpus(corpus).id, **settings)
    folder = train_on_corpus(config, out or Path("runs") / method)
    print(f"trained in {folder}; score it with: dsounds evaluate {folder}")


def evaluate(run: Annotated[Path, _POSITIONAL], corpus: Path | None = None, seed: int = 0) -> None:
    """Score a run against the true labels of its corpus; writes scores.json into the run folder.

    Scores on another corpus than the run's own go to scores-ID.json there.

    Args:
        run: run folder
        corpus: another corpus than the run's own
        seed: draws the partners of the swaps
    """
    from .train.evaluate import evaluate as score
    from .train.evaluate import scores_path, table

    result = score(run, corpus, seed)
    print(table(result))
    print(f"scores: {scores_path(run, result['computed_from']['corpus_id'])}")


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
    from .train.demo import demo as run

    run(out, clips, workers)


def doctor(soundfont: str = MUSESCORE_GENERAL.name) -> None:
    """Print versions, where libfluidsynth and the SoundFont are, and play one note.

    Args:
        soundfont: name of a known SoundFont, or a path
    """
    from .synth.doctor import examine

    checks = examine(soundfont)
    width = max(len(check.name) for check in checks)
    for check in checks:
        print(f"{'ok' if check.well else '!!'}  {check.name:<{width}}  {check.found}")
    wrong = [check.found for check in checks if not check.well]
    if wrong:
        raise DsoundsError("; ".join(wrong))


COMMANDS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (generate, inspect, verify, train, evaluate, report, demo, doctor)
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, 2 for what a user can put right, 130."""
    try:
        tyro.extras.subcommand_cli_from_dict(
            COMMANDS,
            prog="dsounds",
            description="Sound with every factor known, and models that disentangle it.",
            args=arguments,
            config=(tyro.conf.FlagConversionOff,),
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


def _complain(message: str) -> int:
    print(f"dsounds: {' '.join(message.split())}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
