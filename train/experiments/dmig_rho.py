"""DMIG of true factors as codes, by how two of them depend on each other (rho), beside MIG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...datasets import Corpus
from ...datasets.factors.correlation import entropies
from ..scores.codes.code_score import CodeScore
from ..scores.codes.dlig import dlig
from ..scores.codes.dmig import Conditional, dmig
from ..scores.codes.mig import mig
from ..scores.codes.xmig import xmig
from .corpora import CorpusPlan
from .experiment import Experiment
from .interval_lines import HIGH, LOW, Line, interval_figure
from .results import Result, Results
from .variant import Variant

RHOS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95)
BOOTSTRAPS = 200
# Of independent factors a bootstrap sample tells too much: this takes its bias away.
ESTIMATOR = "miller_madow"
PARTS = {"validation": 0.0, "test": 0.5}
PLANS = {
    ("instrument", "octave"): CorpusPlan("correlated", {**PARTS, "count": 2400}),
    ("tilt", "hnr"): CorpusPlan("sinusoids-1", {**PARTS, "count": 2400, "sampling": "correlated"}),
}
FINDING = (
    "MIG divides by H(a), which the gap of the ideal code does not reach where attributes depend "
    "on each other; DMIG divides by H(a given b), and the ideal code has 1."
)
LINES = (
    Line("dmig", "DMIG", "crimson"),
    Line("mig", "MIG", "dimgray"),
    Line("dlig", "DLIG", "darkorange", "|"),
    Line("xmig", "XMIG", "darkturquoise", "_"),
    Line("dmig_declared", "DMIG with H(a given b) of the whole corpus", "crimson", "x"),
)


def measure(run: Result, corpus: Corpus) -> dict[str, float]:
    """Return the scores of the test part, each with the ends of its interval.

    The codes are the values of the two factors. XMIG asks for dimensions that are no factor's own:
    those are the other factors that vary. "dmig_default" is what `dmig` says without options.
    """
    first, second = run.variant.settings["factors"]
    clips, own = corpus.split("test"), [corpus.space.column(name) for name in (first, second)]
    classes, values = corpus.labels(clips)
    factors = dict(zip((first, second), classes[:, own].T, strict=True))
    codes = np.concatenate([values[:, own], np.delete(values, own, axis=1)], axis=1)
    options: dict[str, Any] = {
        "estimator": ESTIMATOR,
        "assignment": {first: 0, second: 1},
        "bootstraps": BOOTSTRAPS,
        "seed": run.seed,
    }
    exact = conditional(corpus.joint(first, second, clips), first, second)
    declared = conditional(corpus.joint(first, second), first, second)
    pair = codes[:, :2], factors
    found = {
        "dmig": dmig(*pair, conditional_entropy=exact, **options),
        "dlig": dlig(*pair, conditional_entropy=exact, **options),
        "xmig": xmig(codes, factors, **options),
        "mig": mig(*pair, **options),
        "dmig_declared": dmig(*pair, conditional_entropy=declared, **options),
    }
    numbers = {key: one for name, score in found.items() for key, one in told(name, score).items()}
    return numbers | {"dmig_default": dmig(*pair).value}


def conditional(counts: np.ndarray, a: str, b: str) -> Conditional:
    """Return H(a given b) and H(b given a) in nats from the clips of each pair of classes."""
    known = entropies(counts)
    return {(a, b): known.a_given_b, (b, a): known.b_given_a}


def told(name: str, found: CodeScore) -> dict[str, float]:
    """Return a score with the ends of its interval."""
    assert found.interval is not None
    low, high = found.interval
    return {name: found.value, name + LOW: low, name + HIGH: high}


def verdict(results: Results) -> str:
    """Return where the intervals of DMIG and MIG hold 1, and all scores at the largest rho."""
    runs = [run for run in results.runs if run.scores]
    most = max(run.variant.settings["rho"] for run in runs)
    last = [run for run in runs if run.variant.settings["rho"] == most]
    said = []
    for line in LINES:
        values = [run.values(line.key)[0] for run in last]
        said.append(f"{line.label} {min(values):.2f} to {max(values):.2f}")
    return (
        f"the 95 % interval of DMIG holds 1 on {holds_1(runs, 'dmig')} of {len(runs)} corpora, "
        f"that of MIG on {holds_1(runs, 'mig')}. With rho {most:g}: {', '.join(said)}."
    )


def holds_1(runs: Sequence[Result], key: str) -> int:
    """Return in how many runs the interval of a score holds 1."""
    ends = [[run.values(key + end)[0] for end in (LOW, HIGH)] for run in runs]
    return sum(low <= 1 <= high for low, high in ends)


def draw(results: Results, path: Path) -> None:
    """Draw each score against rho, with its interval."""
    words = (
        f"Codes are the factors themselves. Watcharasupat and Lerch 2021: {FINDING}\n"
        f"Here: {verdict(results)} Bands are 95 % intervals."
    )
    interval_figure(results, path, LINES, ("factors", "rho"), ("score", 1.0), words)


def variants() -> tuple[Variant, ...]:
    """Return a variant for each pair of factors and each rho."""
    return tuple(
        Variant("oracle", {"factors": pair, "rho": rho}, corpus=corpus_name(pair, rho))
        for pair in PLANS
        for rho in RHOS
    )


def corpus_name(pair: tuple[str, str], rho: float) -> str:
    """Return the name of the corpus of two factors that depend on each other."""
    return f"{'-'.join(pair)}-{rho:g}"


EXPERIMENT = Experiment(
    finding=FINDING,
    source="Watcharasupat and Lerch 2021, sec. 2",
    corpora={
        corpus_name(pair, rho): CorpusPlan(
            plan.recipe, {**plan.changes, "correlate": pair, "rho": rho}
        )
        for pair, plan in PLANS.items()
        for rho in RHOS
    },
    variants=variants(),
    seeds=3,
    verdict=verdict,
    note=(
        "Nothing is trained or rendered: the codes of a clip are the values of its two factors. "
        "Entropies are corrected for their bias (Miller 1955), and H(a given b) is counted in the "
        "part that is scored; by default it is estimated, without correction. XMIG has the other "
        "factors as dimensions that are no factor's own. Each seed draws other clips."
    ),
    scores=("mig", "dmig", "dmig_default", "dmig_declared", "dlig", "xmig"),
    figures=(("figure.png", draw),),
    measure=measure,
    trained=False,
)
