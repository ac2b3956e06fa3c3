"""The table of results: a row for each variant, mean and spread over the seeds, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
SPREAD = "Mean and standard deviation over the seeds."
LEGEND = (
    "F1: macro F1 of a linear discriminant on v, of each static factor in its order. Mean squares "
    "in log-mel: reconstruction, v's effect, and the distances of the swap, of the model's "
    "resynthesis and of no swap from the true counterfactual (in brackets in held notes and in "
    f"rests); within {RANGE_DB} dB of its peak all that is fainter counts as equally faint. "
    "KL_v to N(0, 1) in nats. Counterfactual: 0 is a swap as good as resynthesis, 1 is no swap. "
    f"{SPREAD}"
)


def table(results: Results, columns: Sequence[str] = COLUMNS) -> str:
    """Return the results as a Markdown table, with a column for each setting that varies."""
    settings = _varying(results.variants)
    named = any(variant.corpus for variant in results.variants)
    heads = ["corpus"] * named + ["family", *settings, "seeds", *map(score_head, columns)]
    lines = [heads, ["---"] * len(heads)]
    for variant in results.variants:
        about = [variant.corpus] * named + [variant.family]
        about += [shown(variant.settings.get(key, "")) for key in settings]
        cells = [_cell(results, variant, key) for key in columns]
        lines.append([*about, str(len(results.of(variant))), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _varying(variants: Sequence[Variant]) -> list[str]:
    """Return the settings in which variants differ, in order."""
    keys = dict.fromkeys(key for variant in variants for key in variant.settings)
    seen = {key: {shown(variant.settings.get(key, "")) for variant in variants} for key in keys}
    return [key for key, values in seen.items() if len(values) > 1]


def _cell(results: Results, variant: Variant, key: str) -> str:
    """Return the cell of a score; of a distance with its means in held notes and in rests."""
    shown = cell(results.over_seeds(variant, key))
    if key not in DISTANCES:
        return shown
    held, rests = (_mean(results.over_seeds(variant, key + end)) for end in (HELD, RESTS))
    parts = FrameMeans(np.nan, held, rests)
    return f"{shown} ({', '.join(parts.cells(1)[1:])})" if parts.parts(1) else shown


def swap_told(results: Results, variant: Variant) -> str:
    """Return how far a variant's swaps are from the true counterfactual, means over the seeds."""
    keys = [key + end for key in SWAP_KEYS.values() for end in ("", HELD, RESTS)]
    return swap_words({key: _mean(results.over_seeds(variant, key)) for key in keys})


def _mean(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(values.mean()) if values.size else np.nan


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


def cell(values: np.ndarray) -> str:
    """Return mean and standard deviation over seeds, (seeds, factors): "0.98 ± 0.02 / 1.00 ± 0.00".

    A value that no run has is "-".
    """
    return " / ".join(map(_number, values.T)) if values.size else "-"


def _number(values: np.ndarray) -> str:
    values = values[np.isfinite(values)]
    if not len(values):
        return "-"
    spread = f" ± {values.std(ddof=1):.2f}" if len(values) > 1 else ""
    return f"{values.mean():.2f}{spread}"
