"""What the figures of a run show, in words; every claim is derived from its numbers.

A factor's F1 is read as a skill: 0 for the better of a constant and a random guess, 1 for perfect.
"""

from typing import Literal

from ..scores.swaps import chance
from .runs import Entry

Mark = Literal["good", "part", "poor"]
Status = Literal["moved", "part", "stuck", "absent"]

# Ours, not the literature's: nine tenths of the way is there, a quarter is as good as nothing.
REACHED, NOWHERE = 0.9, 0.25
NO_EFFECT = 0.01  # of the mean square that a right swap would change
UNLEARNED = 0.5  # of the variance per band
CLEAR = 0.05  # difference of counterfactual errors that is worth a word
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


_SAID = {
    "separates": "With {}, v alone carries what is static: exchanging it gives nearly the clip "
    "that the generator would have made.",
    "separates in part": "With {}, exchanging v moves what is static in part.",
    "does not separate": "With {}, exchanging v does not move what is static.",
    "v has collapsed": "With {}, v has collapsed: exchanging it changes next to nothing.",
    "has hardly learned": "{} has hardly learned to reconstruct, so its swaps say little.",
    "nothing to separate": "With {}, there is nothing to separate: no static factor varies.",
}


def f1_mark(f1: float, row: dict[str, float]) -> Mark:
    """Judge an F1 by its distance from a guess."""
    level = chance(row)
    skill = (f1 - level) / (1 - level)
    return "good" if skill >= REACHED else "poor" if skill <= NOWHERE else "part"


def counterfactual_mark(error: float) -> Mark:
    """Judge the true counterfactual error: 0 as good as resynthesis, 1 no swap."""
    return "good" if error <= 0.25 else "poor" if error >= 0.75 else "part"


def status(row: dict[str, float]) -> Status:
    """Return what exchanging v does to a factor."""
    after_swap = f1_mark(row["f1_global"], row), f1_mark(row["f1_local"], row)
    if f1_mark(row["f1_input"], row) == "poor":
        return "absent"
    if after_swap == ("good", "good"):
        return "moved"
    return "stuck" if after_swap[0] == "poor" else "part"


def unlearned(entry: Entry) -> bool:
    """Whether the output is hardly better than each band's mean, which has an error of 1."""
    error = entry.scores["reconstruction_mse_standardised"]
    return error is not None and error > UNLEARNED


def collapsed(entry: Entry) -> bool:
    """Whether v does next to nothing to the output."""
    effect, needed = entry.scores["v_effect"], entry.scores.get("counterfactual_mse_unswapped")
    assert effect is not None
    return effect <= NO_EFFECT * needed if needed else entry.scores["v_active_units"] == 0


def verdict(entry: Entry) -> tuple[Mark, str]:
    """Return a run's verdict: a mark and two or three words."""
    found = [status(row) for row in entry.factors.values()]
    error = entry.scores.get("counterfactual_error")
    if unlearned(entry):
        return "poor", "has hardly learned"
    if not found:
        return "part", "nothing to separate"
    if collapsed(entry):
        return "poor", "v has collapsed"
    if set(found) == {"moved"} and error is not None and counterfactual_mark(error) == "good":
        return "good", "separates"
    if "moved" in found or "part" in found:
        return "part", "separates in part"
    return "poor", "does not separate"


def finding(entry: Entry) -> str:
    """Return two to four sentences on a run."""
    sentences = [_factors(entry, kind) for kind in ("moved", "part", "stuck", "absent")]
    return " ".join(s for s in (_output(entry), *sentences, _sound(entry), _code(entry)) if s)


def lead(entries: list[Entry]) -> str:
    """Return a sentence for each verdict, and which run comes nearest to the truth."""
    verdicts: dict[str, list[str]] = {}
    for entry in entries:
        verdicts.setdefault(verdict(entry)[1], []).append(entry.name)
    said = [_SAID[words].format(listing(names)) for words, names in verdicts.items()]
    return " ".join([*said, _nearest(entries)]).strip()


def _nearest(entries: list[Entry]) -> str:
    """Return a sentence on the least counterfactual error, if runs clearly differ in it."""
    errors = [(e.scores.get("counterfactual_error"), e.name) for e in entries]
    ranked = sorted((error, name) for error, name in errors if error is not None)
    if len(ranked) < 2 or ranked[1][0] - ranked[0][0] < CLEAR:
        return ""
    return (
        f"{ranked[0][1]} comes nearest to the true counterfactuals (error {ranked[0][0]:.2f}, the "
        f"next {ranked[1][0]:.2f})."
    )


def listing(names: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def count(number: int, noun: str) -> str:
    """Return "two runs": small numbers as words."""
    word = COUNTS[number] if number < len(COUNTS) else f"{number:,}"
    return f"{word} {noun}{'' if number == 1 else 's'}"


def _factors(entry: Entry, kind: Status) -> str:
    """Return a sentence on the factors of one status, or nothing."""
    rows = {plain(name): row for name, row in entry.factors.items() if status(row) == kind}
    if not rows:
        return ""
    shown = "f1_input" if kind == "absent" else "f1_global"
    names = listing(
        [
            f"{name} ({row[shown]:.2f}"
            + (")" if kind == "absent" else f" / {row['f1_local']:.2f})")
            for name, row in rows.items()
        ]
    )
    one = len(rows) == 1
    return {
        "moved": f"By the classifier, v carries {names} to the other clip.",
        "part": f"By the classifier, v carries {names} to the other clip in part.",
        "stuck": f"Exchanging v leaves {names} where {'it was' if one else 'they were'}, although "
        f"a classifier finds {'it' if one else 'them'} in v.",
        "absent": f"On the clips as they are, v says next to nothing about {names}.",
    }[kind]


def _output(entry: Entry) -> str:
    """Return a sentence on the reconstruction, where it is poor."""
    if not unlearned(entry):
        return ""
    error = entry.scores["reconstruction_mse_standardised"]
    return f"Its reconstruction misses {error:.2f} of the variance per band; a constant misses 1."


def _sound(entry: Entry) -> str:
    """Return a sentence on the true counterfactual error."""
    error = entry.scores.get("counterfactual_error")
    if error is None:
        return ""
    way = f"{100 * min(max(1 - error, 0), 1):.0f}\u00a0%"
    text = (
        f"In the spectrogram, the global swap goes {way} of the way from no swap to the clip that "
        f"the generator would have made (counterfactual error {error:.2f})"
    )
    moved = any(status(row) == "moved" for row in entry.factors.values())
    if moved and counterfactual_mark(error) != "good":
        text += ": F1 alone would flatter it"
    return text + "."


def _code(entry: Entry) -> str:
    """Return a sentence on how much v says, where that is little."""
    active, kl = entry.scores["v_active_units"], entry.scores["v_kl_standard"]
    if not collapsed(entry):
        return ""
    assert active is not None
    assert kl is not None
    return (
        f"Active dimensions of v: {active:.0f} of {entry.run.config.model.v_dim}; v says {kl:.3f} "
        "nats about a clip."
    )


def plain(factor: str) -> str:
    """Return a factor's name as a word."""
    return factor.replace("_", " ")
