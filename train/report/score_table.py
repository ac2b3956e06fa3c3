"""The scores of runs side by side: a row per score, a column per run."""

from dataclasses import dataclass

from ..scores.swaps import chance
from .html import Markup, element, join
from .runs import Entry
from .words import Mark, counterfactual_mark, f1_mark, plain

SYMBOLS: dict[Mark, str] = {"good": "✓", "part": "◐", "poor": "✗"}
SPOKEN: dict[Mark, str] = {"good": "good", "part": "in part", "poor": "poor"}

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


@dataclass(frozen=True)
class Cell:
    """A number with its mark; bar: value and guess, both 0 to 1."""

    shown: str
    value: float | None = None
    mark: Mark | None = None
    bar: tuple[float, float] | None = None


def score_table(entries: list[Entry]) -> Markup:
    """Return the table."""
    heads = [
        element("th", entry.name, element("span", _subtitle(entry), class_="hint"), scope="col")
        for entry in entries
    ]
    factors = list(dict.fromkeys(name for entry in entries for name in entry.factors))
    bodies = [_factor_body(name, entries) for name in factors]
    bodies.append(
        _body("Output", "", [_row(*row, _plain_cells(row[0], entries)) for row in OUTPUT])
    )
    bodies.append(
        _body("Global code", "", [_row(*row, _plain_cells(row[0], entries)) for row in CODE])
    )
    bodies.append(_body("Training", "", _training_rows(entries)))
    top = element("thead", element("tr", element("td"), *heads))
    return element("table", top, *bodies)


def _subtitle(entry: Entry) -> str:
    model = entry.run.config.model
    own = "" if entry.name == entry.run.config.family else f"{entry.run.config.family}, "
    return f"{own}v {model.v_dim}, z {model.z_dim}"


def _factor_body(name: str, entries: list[Entry]) -> Markup:
    """Return the F1s of one factor."""
    known = [entry.factors[name] for entry in entries if name in entry.factors]
    note = (
        f"F1 (macro) of a linear discriminant on v, 0 to 1; a constant guess gets "
        f"{known[0]['f1_constant']:.2f}, a random one {known[0]['f1_random']:.2f}"
    )
    rows = []
    for key, label, hint in F1S:
        cells = [_f1_cell(entry.factors.get(name), key) for entry in entries]
        rows.append(_row(key, label, hint, cells))
    return _body(plain(name).capitalize(), note, rows)


def _f1_cell(row: dict[str, float] | None, key: str) -> Cell:
    if row is None:
        return Cell("-")
    return Cell(f"{row[key]:.2f}", row[key], f1_mark(row[key], row), (row[key], chance(row)))


def _plain_cells(key: str, entries: list[Entry]) -> list[Cell]:
    """Return the cells of a score that stands for the whole run."""
    return [_plain_cell(key, entry) for entry in entries]


def _plain_cell(key: str, entry: Entry) -> Cell:
    value = entry.scores.get(key)
    if value is None:
        return Cell("-")
    if key == "v_active_units":
        shown = f"{value:.0f} of {entry.run.config.model.v_dim}"
        return Cell(shown, value, "poor" if value == 0 else None)
    mark = counterfactual_mark(value) if key == "counterfactual_error" else None
    return Cell(_number(value), value, mark)


def _number(value: float) -> str:
    """Return two decimals, three below 1, and no digits that pretend to mean something."""
    if 0 < abs(value) < 0.001:
        return "< 0.001"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}"


def _training_rows(entries: list[Entry]) -> list[Markup]:
    epochs = [
        Cell(f"{entry.run.epoch} of {entry.metrics[-1]['epoch'] if entry.metrics else '?'}")
        for entry in entries
    ]
    return [
        _row("epochs", "epochs", "the best by Eq 2, whose weights are scored, of all made", epochs),
        _row("seconds", "training time", "", [Cell(f"{e.seconds:,.0f} s") for e in entries]),
        _row("parameters", "parameters", "", [Cell(f"{e.parameters:,}") for e in entries]),
    ]


def _body(title: str, note: str, rows: list[Markup]) -> Markup:
    """Return a group of rows under a title."""
    hint = element("span", note, class_="hint") if note else ""
    head = element("th", title, hint, colspan="99", scope="rowgroup")
    return element("tbody", element("tr", head), *rows)


def _row(key: str, label: str, hint: str, cells: list[Cell]) -> Markup:
    head = element("th", label, element("span", hint, class_="hint") if hint else "", scope="row")
    return element("tr", head, *(_cell(key, cell) for cell in cells))


def _cell(key: str, cell: Cell) -> Markup:
    """Return a cell: the rounded number, its exact value within, a mark, a bar."""
    number = (
        cell.shown if cell.value is None else element("data", cell.shown, value=repr(cell.value))
    )
    mark = (
        element(
            "i",
            SYMBOLS[cell.mark],
            class_=cell.mark,
            title=SPOKEN[cell.mark],
            role="img",
            aria_label=SPOKEN[cell.mark],
        )
        if cell.mark
        else element("i")
    )
    bar = ""
    if cell.bar:
        style = f"--value:{100 * cell.bar[0]:.1f}%;--guess:{100 * cell.bar[1]:.1f}%"
        bar = element("span", class_=f"bar {cell.mark or ''}", style=style)
    return element("td", join([number, mark]), bar, data_score=key)
