"""The table of results: a row for each variant, mean and spread over the seeds, as Markdown.

Instead of their standard deviation it can show the 95 % interval of their mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..comparison.over_seeds import Mean, mean
from ..scores.frame_means import HELD, RESTS, SWAP, SWAP_KEYS, FrameMeans, swap_words
from ..scores.registry import SCORES, head
from ..scores.swaps.counterfactual_error import NEAR, RANGE_DB
from .results import Results
from .variant import Variant, shown

DISTANCES = (*SWAP_KEYS.values(), f"{SWAP}{NEAR}")  # shown in held notes and in rests as well
SWAP_COLUMNS = ("counterfactual_error", *DISTANCES)
COLUMNS = (
    *("f1_reconstruction", "f1_global", "f1_local"),
    *("reconstruction_mse", "v_kl_standard", "v_effect"),
    *SWAP_COLUMNS,
)
HEADS = {  # of numbers that are no score by name, or have a long one
    SWAP: "swap's distance",
    SWAP_KEYS["resynthesis"]: "resynthesis",
    SWAP_KEYS["no swap"]: "no swap",
    f"{SWAP}{NEAR}": f"swap within {RANGE_DB} dB",
    "mig": "MIG",
    "dmig": "DMIG",
    "dmig_default": "DMIG by default",
    "dmig_declared": "DMIG, H of all clips",
    "xmig": "XMIG",
    "dlig": "DLIG",
    "own_scc": "SCC",
    "own_mig": "own MIG",
    "own_dmig": "own DMIG",
}
_SPREAD = "Mean and standard deviation over the seeds."
_INTERVAL = "Mean over the seeds, and in brackets its 95 % interval by Student's t."
_SCORES = (
    "F1: macro F1 of a linear discriminant on v, of each static factor in its order. Mean squares "
    "in log-mel: reconstruction, v's effect, and the distances of the swap, of the model's "
    "resynthesis and of no swap from the true counterfactual (in brackets in held notes and in "
    f"rests); within {RANGE_DB} dB of its peak all that is fainter counts as equally faint. "
    "KL_v to N(0, 1) in nats. Counterfactual: 0 is a swap as good as resynthesis, 1 is no swap."
)
_WORDS = {  # what is said of a column beside that
    "seconds": "Seconds: of training, with the validation after each epoch.",
}


def table(results: Results, columns: Sequence[str] = COLUMNS, intervals: bool = False) -> str:
    """Return the results as a Markdown table.

    It has a column for each setting in which variants without a label differ, and for the corpus
    where there are several. `intervals`: instead of the deviations over the seeds.
    """
    settings = _varying([variant for variant in results.variants if not variant.label])
    named = len({variant.corpus for variant in results.variants}) > 1
    heads = ["corpus"] * named + ["family", *settings, "seeds", *map(score_head, columns)]
    lines = [heads, ["---"] * len(heads)]
    for variant in results.variants:
        about = [variant.corpus] * named + [variant.title]
        about += [shown(variant.settings.get(key, "")) for key in settings]
        cells = [_cell(results, variant, key, intervals) for key in columns]
        lines.append([*about, str(len(results.of(variant))), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tables(results: Results, columns: Mapping[str, Sequence[str]], intervals: bool = False) -> str:
    """Return a table for each corpus, with its own columns, under its name.

    There is one table of all runs where the only name in `columns` is empty.
    """
    if list(columns) == [""]:
        return table(results, columns[""], intervals)
    parts = (
        f"## {corpus}\n\n{table(results.on(corpus), own, intervals)}"
        for corpus, own in columns.items()
    )
    return "\n\n".join(parts)


def legend(results: Results, columns: Iterable[str] = COLUMNS, intervals: bool = False) -> str:
    """Return what the columns mean, what a cell holds, and which part the scores are of."""
    shown_keys = set(columns)
    said = [_SCORES] * bool(set(COLUMNS) & shown_keys)
    said += [words for key, words in _WORDS.items() if key in shown_keys]
    said.append(_INTERVAL if intervals else _SPREAD)
    if results.parts:
        said.append(f"Scores are of the {' and the '.join(results.parts)} part.")
    if "test" in results.parts:
        said.append("The weights of each run are those of its best epoch on the validation part.")
    return " ".join(said)


def _varying(variants: Sequence[Variant]) -> list[str]:
    """Return the settings in which variants differ, in order."""
    keys = dict.fromkeys(key for variant in variants for key in variant.settings)
    seen = {key: {shown(variant.settings.get(key, "")) for variant in variants} for key in keys}
    return [key for key, values in seen.items() if len(values) > 1]


def _cell(results: Results, variant: Variant, key: str, intervals: bool) -> str:
    """Return the cell of a score; of a distance with its means in held notes and in rests."""
    shown = cell(results.over_seeds(variant, key), intervals)
    if key not in DISTANCES:
        return shown
    held, rests = (
        mean(results.over_seeds(variant, key + end).ravel()).value for end in (HELD, RESTS)
    )
    parts = FrameMeans(np.nan, held, rests)
    return f"{shown} ({', '.join(parts.cells(1)[1:])})" if parts.parts(1) else shown


def swap_told(results: Results, variant: Variant) -> str:
    """Return how far a variant's swaps are from the true counterfactual, means over the seeds."""
    keys = [key + end for key in SWAP_KEYS.values() for end in ("", HELD, RESTS)]
    return swap_words({key: mean(results.over_seeds(variant, key).ravel()).value for key in keys})


def score_head(key: str) -> str:
    """Return the head of a score's column: of "factor/name" with the factor."""
    factor, slash, name = key.rpartition("/")
    if name in HEADS:
        told = HEADS[name]
    elif name.replace("_", "-") in SCORES.names:
        told = "F1 " * name.startswith("f1_") + head(name)
    else:
        told = name
    return f"{factor} {told}" if slash else told


def cell(values: np.ndarray, intervals: bool = False) -> str:
    """Return mean and spread over seeds, (seeds, factors), of each factor.

    It is "0.98 ± 0.02 / 1.00 ± 0.00", or with `intervals` "0.98 [0.93, 1.03] / 1.00 [1.00, 1.00]".
    A value that no run has is "-", and one seed has no spread.
    """
    return " / ".join(number(mean(one), intervals) for one in values.T) if values.size else "-"


def number(found: Mean, interval: bool = True, decimals: int = 2) -> str:
    """Return a mean over seeds with its interval, or else with the standard deviation."""
    if not found.count:
        return "-"
    told = [f"{one:.{decimals}f}" for one in (found.value, found.deviation, found.low, found.high)]
    if found.count == 1:
        return told[0]
    return f"{told[0]} [{told[2]}, {told[3]}]" if interval else f"{told[0]} ± {told[1]}"
