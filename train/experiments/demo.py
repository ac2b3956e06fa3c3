"""The main job in one command: a corpus, three models trained on it and scored, a report.

TS-DSAE stands beside DSAE, the baseline whose global code collapses: the main finding of Luo et al.
2022 (sec. 6.1, Fig 3). The swaps of bt-dsae come nearest to the true counterfactuals. Every step
resumes what an earlier, interrupted demo left.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ...datasets import DMelodies, features, generate, open_corpus
from ...datasets.storage.own_files import PAGE, check_own
from ..report import report
from ..scores.frame_means import swap_words
from ..scores.registry import QUICK, head
from ..settings.presets import configure
from .engine import complain, run_all
from .job import job_of

PRESETS = {"bt-dsae": "quick", "ts-dsae": None, "dsae": None}  # of the families, None is the first


def demo(out: Path, clips: int = 600, workers: int = 2) -> Path:
    """Run the demo in the folder `out`, print its result, and return the path of the report."""
    start = time.perf_counter()
    folder = out / "corpus"
    check_own(out / "report.html", PAGE)
    print(f"1/3  corpus: {clips} melodies on violin and trumpet, every factor known")
    generate(DMelodies(count=clips), folder, workers)
    corpus = open_corpus(folder)
    features(corpus, progress=True)
    print(f"2/3  training and scoring: {', '.join(PRESETS)}; {workers} at a time")
    jobs = [
        job_of(
            family,
            configure(family, str(folder), preset=preset, corpus_id=corpus.id),
            out / family,
            (QUICK, "leakage"),
        )
        for family, preset in PRESETS.items()
    ]
    outcomes = run_all(jobs, workers)
    complain(list(outcomes.values()))
    scores = {name: (outcome.scores or {})["scores"] for name, outcome in outcomes.items()}
    print("3/3  report")
    page = report([out / family for family in PRESETS], out / "report.html")
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
