"""Commands on what a run, or a model of others, has learned: evaluate, encode, selftest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from ..settings import named_values, require

_POSITIONAL = tyro.conf.Positional


def evaluate(
    run: Annotated[Path | None, _POSITIONAL] = None,
    corpus: Path | None = None,
    part: Literal["validation", "test"] = "validation",
    seed: int = 0,
    more: tuple[str, ...] = (),
    codes: Path | None = None,
    factors: Path | None = None,
    kinds: tuple[str, ...] = (),
    scores: tuple[str, ...] = (),
    png: bool = False,
    weights: tuple[str, ...] = (),
    decode_from: Literal["means", "samples"] = "means",
) -> None:
    """Score a run against the true labels of its corpus, or codes of others against their factors.

    Of a run it writes scores.json into the run folder: those on another part go to scores-test.json
    there, on another corpus to scores-ID.json, on another part of another corpus to
    scores-ID-test.json; those of decoded samples have -samples at the end.

    Parameters
    ----------
    run
        run folder
    corpus
        another corpus than the run's own
    part
        whose clips are scored: validation, or test, which the run has not seen in any way
    seed
        draws the partners of the swaps
    more
        scores of one's own, each as package.module:SCORE
    codes
        instead of a run: a .npy or .npz file of codes, (samples, dimensions)
    factors
        a .npz file with an array for each factor, (samples,), or a .npy file, (samples, factors)
    kinds
        kinds of the factors, as octave=ordinal: categorical, ordinal, continuous; by default whole
        numbers are categorical and others continuous
    scores
        names of scores, or quick for those that take no seconds; all by default; others that were
        computed before stay in scores.json
    png
        pictures beside scores.json, as scores-leakage.png: what each code tells, what sequences
        that share a code have in common, the error of predicted frames
    weights
        local files of the weights of embedders of sound, as vggish=FILE; nothing is fetched
    decode_from
        what is decoded of each posterior: its mean, or a draw from it, as the code of the authors
        of TS-DSAE does; what is read of codes are means
    """
    if codes is not None or factors is not None:
        require(not png, "--png draws the scores of a run, not those of --codes and --factors")
        require(not weights, "--weights are of embedders of sound, codes have none")
        _evaluate_codes(run, codes, factors, kinds, scores, seed)
        return
    require(run is not None, "a run folder, or --codes and --factors, is needed")
    assert run is not None
    from ..train.scores.evaluate import evaluate as score
    from ..train.scores.evaluate import scores_path
    from ..train.scores.registry import SCORES
    from ..train.scores.score_lines import lines

    own = [SCORES.load(name) for name in more]
    files = named_values(weights, "weights", "EMBEDDER=FILE", "vggish=FILE")
    how: dict[str, Any] = {"weights": files, "decode_from": decode_from}
    result = score(run, corpus, seed, part, own, scores, progress=True, **how)
    print(lines(result))
    path = scores_path(run, result)
    print(f"scores: {path}")
    if png:
        _draw(result, path)


def _draw(result: dict[str, Any], path: Path) -> None:
    from ..datasets.reading.opening import find_corpus
    from ..train.report.pictures.files import class_names, write_pictures

    space = find_corpus(result["computed_from"]["corpus"]).space
    drawn = write_pictures(result, path, class_names(space))
    print("\n".join(f"picture: {one}" for one in drawn) or "no picture: its scores are not there")


def _evaluate_codes(
    run: Path | None,
    codes: Path | None,
    factors: Path | None,
    kinds: tuple[str, ...],
    scores: tuple[str, ...],
    seed: int,
) -> None:
    from ..train.scores.outside_codes import read_codes, read_factors, score_codes

    require(run is None, f"a run, {run}, and --codes were given: one of them is needed")
    require(codes is not None and factors is not None, "--codes and --factors are needed together")
    assert codes is not None
    assert factors is not None
    given: dict[str, Any] = {**named_values(kinds, "kind", "FACTOR=KIND", "octave=ordinal")}
    found = score_codes(
        read_codes(codes), read_factors(factors), kinds=given, scores=scores, seed=seed
    )
    print(found.table())


def selftest(
    models: Path | None = None,
    out: Path | None = None,
    codes: int = 1000,
    dimensions: int = 16,
    factors: tuple[int, ...] = (2, 3, 4, 5),
    kind: Literal["categorical", "ordinal"] = "ordinal",
    scores: tuple[str, ...] = (),
    repeats: int = 3,
    seed: int = 0,
) -> None:
    """Print what each score gives for codes, or models, of known quality.

    Codes are perfect, mixed, collapsed, random and more; models are perfect, leaking, collapsed and
    more, each rendered by the generator.

    Parameters
    ----------
    models
        instead of codes: a corpus, of which models of known quality are scored
    out
        with --models: a folder, in which each model gets a folder with its scores.json, as compare
        and report read it
    codes
        number of samples
    dimensions
        of the codes
    factors
        number of classes of each factor
    kind
        whether the classes have an order
    scores
        names of scores, or quick for those that take no seconds; all by default
    repeats
        how often codes are drawn
    seed
        draws them
    """
    if models is not None:
        from ..train.scores.oracle.model_selftest import selftest_models

        found = selftest_models(models, scores, seed=seed, progress=True)
        if out is not None:
            found.write(out)
        print(found.table())
        return
    require(out is None, "--out needs --models: of codes the table alone is printed")
    from ..train.scores.known_codes.selftest import selftest as run

    print(run(codes, dimensions, factors, kind, scores, repeats, seed, progress=True).table())


def encode(
    run: Annotated[Path, _POSITIONAL],
    out: Path,
    corpus: Path | None = None,
    part: Literal["all", "train", "validation", "test"] = "all",
) -> None:
    """Write the codes of a run's model for the clips of a corpus, with their labels, as npz.

    Parameters
    ----------
    run
        run folder
    out
        the new file
    corpus
        another corpus than the run's own
    part
        whose clips are encoded
    """
    from ..train.scores.encode import encode as write

    print(f"codes: {write(run, out, corpus, part)}")
