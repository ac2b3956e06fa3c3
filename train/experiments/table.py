"""The table of results: a row for each variant, mean and spread over the seeds, as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..scores.registry import SCORES, head
from .results import Results
from .variant import Variant, shown

COLUMNS = (
    *("f1_reconstruction", "f1_global", "f1_local"),
    *("reconstruction_mse", "v_kl_standard", "v_effect"),
    *("counterfactual_error", "counterfactual_mse"),
)
HEADS = {  # of numbers that are no score by name, or have a long one
    "counterfactual_mse": "swap's distance",
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
    "in log-mel: reconstruction, v's effect, and the swap's distance to the true counterfactual. "
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
        cells = [cell(results.over_seeds(variant, key)) for key in columns]
        lines.append([*about, str(len(results.of(variant))), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _varying(variants: Sequence[Variant]) -> list[str]:
    """Return the settings in which variants differ, in order."""
    keys = dict.fromkeys(key for variant in variants for key in variant.settings)
    seen = {key: {shown(variant.settings.get(key, "")) for variant in variants} for key in keys}
    return [key for key, values in seen.items() if len(values) > 1]


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
