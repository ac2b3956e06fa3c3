"""Scores of codes against factors: the time of each, beside scikit-learn's calls and disent's.

`python -m benchmarks.scores` scores 10,000 codes of 32 dimensions against 10 factors (five
categorical, three ordinal, two continuous) with floors and intervals, as `dsounds evaluate --codes`
does. Then it makes the plain calls of scikit-learn that a score is made of, without floor and
interval. `--disent FOLDER` has disent 0.8.0, which is no dependency, beside them:

    pip install --target FOLDER --no-deps disent==0.8.0
"""

from __future__ import annotations

import importlib
import sys
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tyro
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from dsounds.train.scores.codes.dci import dci
from dsounds.train.scores.codes.information import equal_width
from dsounds.train.scores.codes.mig import mig
from dsounds.train.scores.codes.samples import Kind
from dsounds.train.scores.codes.sap import sap
from dsounds.train.scores.known_codes.selftest import code_scores
from dsounds.train.scores.row import Score

CATEGORICAL, ORDINAL, CONTINUOUS = (2, 3, 4, 12, 28), (5, 6, 8), 2
SIZES = (*CATEGORICAL, *ORDINAL)
KINDS: dict[str, Kind] = {f"ordinal_{size}": "ordinal" for size in ORDINAL}
HISTOGRAMS = ("mig", "dmig", "xmig", "dlig", "modularity")
TREES = 2000  # codes of which gradient boosting, which is slow, reads

Seconds = tuple[float, float]  # of the processors, and of the clock


def drawn(samples: int, dimensions: int, seed: int = 0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return codes and factors: each factor in two dimensions, with noise."""
    rng = np.random.default_rng(seed)
    factors = {f"categorical_{size}": rng.integers(0, size, samples) for size in CATEGORICAL}
    factors |= {f"ordinal_{size}": rng.integers(0, size, samples) for size in ORDINAL}
    factors |= {f"continuous_{k}": rng.standard_normal(samples) for k in range(CONTINUOUS)}
    codes = 0.5 * rng.standard_normal((samples, dimensions))
    for place, one in enumerate(factors.values()):
        codes[:, place] += (one - one.mean()) / one.std()
        codes[:, (place + len(factors)) % dimensions] += 0.5 * (one - one.mean()) / one.std()
    return codes, factors


def taken(work: Callable[[], Any]) -> Seconds:
    """Return the seconds that work takes."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - processor, time.perf_counter() - clock


def of_scores(codes: np.ndarray, factors: dict[str, np.ndarray]) -> dict[str, Seconds]:
    """Return the seconds of each score, with 20 shuffles, or as many as it makes, and intervals."""
    shared: dict[Any, Any] = {}
    options = {"kinds": KINDS, "permutations": 20, "bootstraps": 50, "shared": shared}
    rows = [row for row in code_scores() if row.of_codes is not None]
    return {row.name: taken(lambda row=row: _scored(row, codes, factors, options)) for row in rows}


def _scored(row: Score, codes: Any, factors: Any, options: dict[str, Any]) -> None:
    """Compute a score, and its corrected figure where it has one, as for codes of others."""
    assert row.of_codes is not None
    row.of_codes(codes, factors, **options)
    if row.corrected is not None:
        plain = {"kinds": options["kinds"], "shared": options["shared"]}
        row.of_codes(codes, factors, **plain, **row.corrected)


def of_scikit_learn(codes: np.ndarray, factors: dict[str, np.ndarray]) -> dict[str, Seconds]:
    """Return the seconds of scikit-learn's own calls for the same arrays, once each."""
    bins = equal_width(np.ascontiguousarray(codes.T))
    classes = [one for one in factors.values() if one.dtype.kind == "i"]
    numbers = [one for one in factors.values() if one.dtype.kind == "f"]
    most = max(classes, key=np.max)
    train = slice(None, 2 * len(codes) // 3)
    machine = LinearSVC(C=0.01, class_weight="balanced", dual=False)
    columns = np.hsplit(codes[train], codes.shape[1])
    return {
        f"mutual_info_score, {len(classes)} x {len(bins)} pairs": taken(
            lambda: [mutual_info_score(one, column) for one in classes for column in bins]
        ),
        f"mutual_info_classif, {len(classes)} factors": taken(
            lambda: [mutual_info_classif(codes, one, n_neighbors=10) for one in classes]
        ),
        f"mutual_info_regression, {len(numbers)} factors": taken(
            lambda: [mutual_info_regression(codes, one, n_neighbors=10) for one in numbers]
        ),
        f"LinearSVC, {most.max() + 1} classes, each dimension": taken(
            lambda: [machine.fit(column, most[train]) for column in columns]
        ),
        f"LogisticRegression, {len(classes)} factors": taken(
            lambda: [
                LogisticRegression(max_iter=1000).fit(codes[train], one[train]) for one in classes
            ]
        ),
        f"GradientBoostingClassifier, 5 classes, {TREES:,} codes": taken(
            lambda: GradientBoostingClassifier().fit(codes[:TREES], classes[-3][:TREES])
        ),
    }


def of_disent(folder: Path, codes: np.ndarray, factors: dict[str, np.ndarray]) -> dict[str, Any]:
    """Return the seconds of disent and of dsounds, without floor and interval, for 2,000 codes."""
    theirs = _disent(folder)
    names = [name for name in factors if not name.startswith("continuous")][:4]
    half, own = TREES // 2, {name: factors[name][:TREES] for name in names}
    codes, table = codes[:TREES], np.stack(list(own.values()))
    train, test = (codes[:half].T, table[:, :half]), (codes[half:].T, table[:, half:])
    fitted = (codes[half:], {name: one[half:] for name, one in own.items()})
    given = {"train": (codes[:half], {name: one[:half] for name, one in own.items()})}
    boosted = taken(lambda: theirs["dci"]._compute_dci(*train, *test))
    return {
        "MIG": (
            taken(lambda: theirs["mig"]._compute_mig(codes.T, table)),
            taken(lambda: mig(codes, own)),
        ),
        "SAP": (
            taken(lambda: theirs["sap"]._compute_sap(*train, *test, False)),
            taken(lambda: sap(*fitted, **given)),
        ),
        "DCI, boosting": (boosted, taken(lambda: dci(*fitted, **given, trees="boosting"))),
        "DCI, boosting beside our forest": (boosted, taken(lambda: dci(*fitted, **given))),
    }


def _disent(folder: Path) -> dict[str, Any]:
    """Return the modules of disent's scores, without its images, which need torchvision."""
    sys.path.insert(0, str(folder))
    for name in ("disent.dataset", "disent.metrics"):
        module: Any = types.ModuleType(name)
        module.DisentDataset, module.__path__ = object, [str(folder / name.replace(".", "/"))]
        sys.modules[name] = module
    names = ("mig", "sap", "dci")
    return {name: importlib.import_module(f"disent.metrics._{name}") for name in names}


def main(samples: int = 10_000, dimensions: int = 32, disent: Path | None = None) -> None:
    """Print the seconds of each.

    Args:
        samples: codes
        dimensions: of a code
        disent: the folder that disent was installed into
    """
    warnings.simplefilter("ignore")
    codes, factors = drawn(samples, dimensions)
    print(f"{samples:,} codes of {dimensions} dimensions, {len(factors)} factors")
    found = of_scores(codes, factors)
    _print("score, with floor, interval and corrected figure", found)
    _line("histograms together", _sum([found[name] for name in HISTOGRAMS]))
    _line("all", _sum(list(found.values())))
    with threadpool_limits(1):
        _print("call of scikit-learn", of_scikit_learn(codes, factors))
        if disent is None:
            return
        print(f"\n{f'{TREES:,} codes, 4 factors':<52}{'disent':>10}{'dsounds':>10}{'ratio':>8}")
        for name, (theirs, ours) in of_disent(disent, codes, factors).items():
            print(f"{name:<52}{theirs[0]:>10.2f}{ours[0]:>10.2f}{ours[0] / theirs[0]:>8.2f}")


def _print(title: str, rows: dict[str, Seconds]) -> None:
    print(f"\n{title:<52}{'CPU, s':>10}{'wall, s':>10}")
    for name, seconds in rows.items():
        _line(name, seconds)


def _line(name: str, seconds: Seconds) -> None:
    print(f"{name:<52}{seconds[0]:>10.2f}{seconds[1]:>10.2f}")


def _sum(rows: list[Seconds]) -> Seconds:
    return sum(one[0] for one in rows), sum(one[1] for one in rows)


if __name__ == "__main__":
    tyro.cli(main)
