"""What operators do to what is measured of each factor, beside what the labels say.

`python -m benchmarks.crosstalk` prints a table for each corpus (`crosstalk_cases`), and names pairs
whose label is not true of the sound. A cell has the label, then the lowest and the highest change
that was measured: a difference in the factor's unit, a ratio (x), or the share of clips that are
heard as another value (%).

    python -m benchmarks.crosstalk 4        # clips of each corpus, 12 where nothing is said
"""

from __future__ import annotations

import sys

import numpy as np

from dsounds.datasets.checking.crosstalk import Pair
from dsounds.datasets.checking.crosstalk_cases import CASES
from dsounds.synth.operators.effects import LINE, OCTAVE

CLIPS = 12
NOTES = {name for name in LINE if name.startswith(("rhythm", "arp", "scale"))} | {OCTAVE}
"""heard together with the tonic, by the notes"""


def label(pair: Pair) -> str:
    """Return what the label says: kept, a change, or nan, in some of the clips perhaps."""
    lost = np.isnan(pair.off)
    if lost.all():
        return "nan"
    word = "kept" if pair.rule.startswith("kept") else pair.rule
    return f"{word} or nan" if lost.any() else word


def measured(pair: Pair) -> str:
    """Return the range of the changes that were measured."""
    moved = pair.moved[~np.isnan(pair.moved)]
    if not len(moved):
        return "lost"
    if pair.how == "heard":
        return f"{moved.mean():.0%}"
    low, high = (f"{one:.2f}".replace("-0.00", "0.00") for one in (moved.min(), moved.max()))
    sign = "x " * (pair.how == "ratio")
    return f"{sign}{low}" if low == high else f"{sign}{low} to {high}"


def table(pairs: list[Pair]) -> list[str]:
    """Return the pairs of one corpus as lines of a Markdown table, an operator in each."""
    pairs = [one for one in pairs if one.factor not in NOTES]
    factors = list(dict.fromkeys(one.factor for one in pairs))
    lines = ["| operator | " + " | ".join(factors) + " |", "|---|" + "---|" * len(factors)]
    for operator in dict.fromkeys(one.operator for one in pairs):
        cells = [f"{label(one)}: {measured(one)}" for one in pairs if one.operator == operator]
        lines.append(f"| {operator} | " + " | ".join(cells) + " |")
    return lines


def main(clips: int = CLIPS) -> None:
    """Print the tables, and the pairs whose labels are not true."""
    wrong, count = [], 0
    for name, case in CASES.items():
        pairs = case.pairs(clips)
        count += len(pairs)
        wrong += [f"{name}: {one.operator}, {one.factor}" for one in pairs if not one.true]
        print(f"{name}, {clips} clips\n\n" + "\n".join(table(pairs)) + "\n", flush=True)
    print(f"{count - len(wrong)} of {count} labels are true of the sound, or nan")
    print("\n".join(wrong))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
