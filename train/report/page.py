"""The page of a report, from top to bottom."""

from ...datasets import Factor
from ..fitting.run_data import RunData
from .codes import codes_section
from .figures import MARKERS, SERIES, curves
from .html import Markup, document, element, section
from .legend import key
from .origin import origin
from .runs import Entry
from .score_table import SYMBOLS, score_table
from .sounds import swaps_section
from .style import SCRIPT, STYLE
from .swap_clips import Swap
from .words import count, finding, lead, listing, verdict

PARTS = (
    ("scores", "Scores"),
    ("curves", "Training"),
    ("swaps", "Swaps"),
    ("codes", "Global code"),
    ("origin", "How it was made"),
)
CURVES = (
    ("elbo", "Eq 2 (evidence lower bound)", "higher is better", False),
    (
        "reconstruction",
        "Reconstruction",
        "squared error as the loss scales it, lower is better",
        True,
    ),
    ("kl_v", "KL of v", "per clip, to the stage's prior", True),
    ("kl_z", "KL of z", "per frame; a constrained stage has none", False),
)


def page(entries: list[Entry], material: RunData, swaps: list[Swap], clips: int, seed: int) -> str:
    """Return the whole document; clips, seed: what `report` was called with."""
    title = f"dsounds report: {', '.join(entry.name for entry in entries)}"
    return document(
        title,
        STYLE,
        SCRIPT,
        _opening(entries, material),
        _scores(entries),
        _curves(entries),
        swaps_section(entries, material, swaps),
        codes_section(entries, material, seed),
        origin(entries, material, clips, seed),
    )


def _opening(entries: list[Entry], material: RunData) -> Markup:
    """Return what was compared and what was found."""
    corpus = material.corpus
    static = listing([_named(f) for f in corpus.space.varying("static")] or ["nothing that varies"])
    about = (
        f"{count(len(entries), 'run').capitalize()} on the {len(corpus):,} clips of "
        f"{corpus.name}: trained on {len(material.train):,}, compared on "
        f"{len(material.scored):,} others. What holds for a whole clip is static, here "
        f"{static}: it should be in the global code v and nowhere else. What happens within a clip "
        "should be in the local codes z."
    )
    items = [
        element(
            "li",
            element("span", entry.name, class_="name"),
            _badge(entry),
            element("p", finding(entry)),
        )
        for entry in entries
    ]
    brackets = (
        "In brackets after a factor: F1 after the global / local swap; alone, on the clips as they "
        "are. Counterfactual error: 0 as good as resynthesis, 1 no swap."
    )
    return element(
        "header",
        element("p", "dsounds report", class_="eyebrow"),
        element("h1", listing([entry.name for entry in entries])),
        element("p", about, class_="about"),
        element("nav", *(element("a", name, href=f"#{to}") for to, name in PARTS)),
        element(
            "div",
            element("p", lead(entries)),
            element("ul", *items),
            element("p", brackets, class_="hint"),
            class_="card findings",
        ),
    )


def _named(factor: Factor) -> str:
    """Return a factor with its values, if these are few."""
    few = len(factor) <= 4
    return f"{factor.name} ({', '.join(factor.names) if few else f'{len(factor)} values'})"


def _badge(entry: Entry) -> Markup:
    mark, words = verdict(entry)
    return element("span", f"{SYMBOLS[mark]} {words}", class_=f"mark {mark}")


def _scores(entries: list[Entry]) -> Markup:
    notes = [
        element("li", f"{entry.name}: {note}")
        for entry in entries
        for note in entry.result["notes"]
    ]
    return section(
        "scores",
        "Scores",
        "On the validation clips. ✓ within a tenth of perfect (counterfactual error: a quarter), "
        "✗ no more than a quarter of the way from a guess, ◐ between. The bar under an F1 is its "
        "value, the stroke across it what a guess gets.",
        element("div", score_table(entries), class_="card scroll"),
        element("ul", *notes, class_="hint") if notes else "",
    )


def _curves(entries: list[Entry]) -> Markup:
    """Return the loss curves."""
    metrics = [entry.metrics for entry in entries]
    staged = any(row["stage"] == "2" for rows in metrics for row in rows)
    names = ", ".join(entry.name for entry in entries)
    plots = [
        element(
            "figure",
            element("figcaption", element("span", title, class_="title"), hint),
            curves(metrics, term, f"{title} over epochs for {names}", log),
            class_="card",
        )
        for term, title, hint, log in CURVES
    ]
    legend = [
        key(entry.name, SERIES[k % len(SERIES)], MARKERS[k % len(MARKERS)])
        for k, entry in enumerate(entries)
    ]
    lines = "solid: validation, dashed: training" + "; dotted upright: stage 2 begins" * staged
    return section(
        "curves",
        "Training",
        "The terms of the loss, epoch by epoch."
        + " Stage 1 trains without the local encoder, so its values cannot be compared with those "
        "of stage 2." * staged,
        element("ul", *legend, element("li", lines), class_="legend"),
        element("div", *plots, class_="plots"),
        _units_note(entries),
    )


def _units_note(entries: list[Entry]) -> Markup:
    """Return what the units are, or a warning where the runs' losses have different ones."""
    configs = [entry.run.config for entry in entries]
    if len({(config.model.standardise, config.objective) for config in configs}) > 1:
        note = (
            "These runs weigh or scale their losses differently: compare shapes here, and values "
            "in the table above."
        )
    elif configs[0].objective.scaling == "paper":
        note = "Both KL are in nats; reconstruction is half the squared error, summed over bands."
    else:
        note = "All terms are means over their dimensions, as in the released code."
    return element("p", note, class_="hint")
