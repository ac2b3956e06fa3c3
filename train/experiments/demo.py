"""The main job in one command: a corpus, two models trained on it and scored, a report.

TS-DSAE stands beside DSAE, the baseline whose global code collapses: the main finding of Luo et al.
2022 (sec. 6.1, Fig 3). Every step resumes what an earlier, interrupted demo left.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ...datasets import DMelodies, features, generate, open_corpus
from ..fitting.run import train_on_corpus
from ..report import report
from ..scores.evaluate import evaluate
from ..scores.frame_means import swap_words
from ..scores.registry import QUICK, head
from ..settings.presets import configure

FAMILIES = ("ts-dsae", "dsae")


def demo(out: Path, clips: int = 600, workers: int = 2) -> Path:
    """Run the demo in the folder `out`, print its result, and return the path of the report."""
    start = time.perf_counter()
    folder = out / "corpus"
    print(f"1/4  corpus: {clips} melodies on violin and trumpet, every factor known")
    generate(DMelodies(count=clips), folder, workers)
    corpus = open_corpus(folder)
    features(corpus, progress=True)
    print("2/4  training: TS-DSAE, and DSAE as the baseline")
    runs = [out / family for family in FAMILIES]
    for family, run in zip(FAMILIES, runs, strict=True):
        train_on_corpus(configure(family, str(folder), corpus_id=corpus.id), run)
    print("3/4  scores, against the true factors and truly swapped sound")
    scores = {
        family: evaluate(run, only=[QUICK, "leakage"])["scores"]
        for family, run in zip(FAMILIES, runs, strict=True)
    }
    print("4/4  report")
    page = report(runs, out / "report.html")
    print(f"\n{_table(scores)}\n\nreport: {page}   ({time.perf_counter() - start:.0f} s)")
    return page


_KEYS = (
    *(f"instrument/{name}" for name in ("f1_reconstruction", "f1_global", "f1_local")),
    *("reconstruction_mse", "v_kl_standard", "counterfactual_error"),
)
_COLUMNS = tuple((key, head(key)) for key in _KEYS)
_WIDTH = 16
_DISTANCES = (
    "distance to the true counterfactual, mean square in log-mel (in held notes, in rests):"
)


def _table(scores: dict[str, dict[str, Any]]) -> str:
    """Return a line per family: F1 of the instrument from v, and what must stand beside it."""
    lines = [
        f"{'':<9}{'F1 of the instrument, read from v':>{3 * _WIDTH}}{'error':>{_WIDTH}}"
        f"{'nats':>{_WIDTH}}{'error':>{_WIDTH}}",
        f"{'':<9}" + "".join(f"{head:>{_WIDTH}}" for _, head in _COLUMNS),
    ]
    for family, values in scores.items():
        cells = [values.get(key) for key, _ in _COLUMNS]
        shown = ["-" if cell is None else f"{cell:.2f}" for cell in cells]
        lines.append(f"{family:<9}" + "".join(f"{cell:>{_WIDTH}}" for cell in shown))
    lines.append("counterfactual: 0 is a swap as good as resynthesis, 1 is no swap at all")
    told = {f"{family}:": swap_words(values) for family, values in scores.items()}
    far = [f"{name:<9}{words}" for name, words in told.items() if words]
    return "\n".join([*lines, *(["", _DISTANCES, *far] if far else [])])
