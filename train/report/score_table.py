"""The scores of models side by side, as rows of cells: groups of scores, a column per model."""

from collections.abc import Callable
from dataclasses import dataclass

from ..scores.swaps import chance
from .runs import Entry, TrainedEntry
from .verdict import Mark, mark


@dataclass(frozen=True)
class Cell:
    """A number as it is shown, its exact value, its mark; bar: value and floor, both 0 to 1."""

    shown: str = "-"
    value: float | None = None
    mark: Mark | None = None
    bar: tuple[float, float] | None = None


@dataclass(frozen=True)
class Line:
    """A row of the table. key: name of the score."""

    key: str
    label: str
    hint: str
    cells: list[Cell]


@dataclass(frozen=True)
class Group:
    """Rows under a heading."""

    title: str
    note: str
    lines: list[Line]


F1S = (
    ("f1_input", "input", "from v of the clips themselves"),
    ("f1_reconstruction", "reconstruction", "decoded unchanged and encoded again"),
    (
        "f1_global",
        "after the global swap",
        "decoded with another clip's v: reads that clip's class",
    ),
    ("f1_local", "after the local swap", "decoded with another clip's z: reads its own class"),
)
OUTPUT = (
    ("counterfactual_error", "true counterfactual error", "0 as good as resynthesis, 1 no swap"),
    ("reconstruction_mse", "reconstruction error", "mean square, log-mel; lower is better"),
    (
        "v_effect",
        "effect of v",
        "mean square change of the output with another clip's v, log-mel; 0: v is ignored",
    ),
)
CODE = (
    ("v_kl_standard", "KL of v to N(0, 1)", "nats; near 0: v says nothing"),
    ("v_kl_prior", "KL of v to the prior used", "nats"),
    ("v_active_units", "active units of v", "dimensions whose mean varies by more than 0.01"),
)


def score_groups(entries: list[Entry]) -> list[Group]:
    """Return the groups of the table: each factor, each heading of scores, training."""
    factors = dict.fromkeys(name for entry in entries for name in entry.factors)
    return [
        *(_factor_group(name, entries) for name in factors),
        *(
            Group(
                title, "", [Line(*row, [_cell(row[0], entry) for entry in entries]) for row in rows]
            )
            for title, rows in (("Output", OUTPUT), ("Global code", CODE))
        ),
        _training(entries),
    ]


def _factor_group(name: str, entries: list[Entry]) -> Group:
    lines = [
        Line(key, label, hint, [_f1_cell(entry.factors.get(name), key) for entry in entries])
        for key, label, hint in F1S
    ]
    return Group(name, "", lines)


def _f1_cell(row, key: str) -> Cell:
    if row is None:
        return Cell()
    level = chance(row)
    return Cell(f"{row[key]:.2f}", row[key], mark(row[key], level, 1), (row[key], level))


def _cell(key: str, entry: Entry) -> Cell:
    value = entry.scores.get(key)
    if value is None:
        return Cell()
    judged = mark(value, 1, 0) if key == "counterfactual_error" else None
    return Cell(_number(value), value, judged)


def _number(value: float) -> str:
    """Return two decimals, three below 1, and no digits that pretend to mean something."""
    if 0 < abs(value) < 0.001:
        return "< 0.001"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"


def _training(entries: list[Entry]) -> Group:
    """Return what training took; a model of one's own has no such numbers."""

    def line(key: str, label: str, hint: str, told: Callable[[TrainedEntry], str]) -> Line:
        trained = [isinstance(entry, TrainedEntry) for entry in entries]
        cells = [
            Cell(told(entry)) if isinstance(entry, TrainedEntry) else Cell() for entry in entries
        ]
        return Line(key, label, hint, cells)

    return Group(
        "Training",
        "",
        [
            line("epochs", "epochs", "the best, whose weights are scored, of all made", _epochs),
            line("seconds", "training time", "", lambda entry: f"{entry.seconds:,.0f} s"),
            line("parameters", "parameters", "", lambda entry: f"{entry.parameters:,}"),
        ],
    )


def _epochs(entry: TrainedEntry) -> str:
    return f"{entry.run.epoch} of {entry.metrics[-1]['epoch'] if entry.metrics else '?'}"
