"""`make docs`: the pictures of docs/sinusoids.md, and the page with sound, docs/sinusoids.html.

The page's text is docs/sinusoids.md; in HTML each of its pictures becomes one small picture and one
player for each value of each factor. The HTML file needs nothing else and is not committed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from page_blocks import headings, to_html
from sinusoids_examples import PHRASE_GAIN_DB, RECIPES, Example, examples, factors_of, phrases
from sinusoids_pictures import KINDS, level_picture, mel, svg

from dsounds.datasets import Factor
from dsounds.datasets.storage import atomic_files
from dsounds.synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from dsounds.train.report.html import Markup, document, element, join, player
from dsounds.train.report.style import SCRIPT, STYLE

SOURCE = Path(__file__).parents[1] / "docs" / "sinusoids.md"
_STYLE = """
main > h3 { font-size: 18px; margin-top: 36px; }
main > ul { max-width: 76ch; padding-left: 1.2em; margin: 0 0 12px; }
main > .card { margin: 12px 0 16px; }
th, td { text-align: left; white-space: normal; max-width: 26em; }
th:first-child, td:first-child, thead th + th { min-width: 0; max-width: none; }
thead th:first-child { font-weight: 650; }
td { min-width: 7em; }
td:first-child { min-width: 0; white-space: nowrap; }
.clips { display: grid; gap: 14px; margin: 6px 0 24px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 190px), 1fr)); }
.clips figure { padding: 10px 12px; display: flex; flex-direction: column; }
.clips audio { margin-top: auto; }
.clips figcaption b { color: var(--ink); }
.clips svg { display: block; width: 100%; height: auto; margin: 4px 0; }
.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
"""


def main() -> None:
    """Write the PNGs and the HTML page into a folder, docs/ unless another is given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=SOURCE.parent)
    out = parser.parse_args().out
    for name in RECIPES:
        level_picture(name, out / f"{name}.png")
    page = out / f"{SOURCE.stem}.html"
    atomic_files.write_text(page, html_page(SOURCE.read_text()))
    print(f"{page}: {page.stat().st_size / 1e6:.1f} MB")


def html_page(source: str) -> str:
    """The page with sound."""
    nav = element("nav", *(element("a", text, href=f"#{to}") for to, text in headings(source)))
    body = to_html(source, lambda target, _: _listening(Path(target).stem))
    title, rest = body[: (end := body.index("</h1>") + 5)], body[end:]
    return document("dsounds: sinusoids", STYLE + _STYLE, SCRIPT, Markup(title), nav, Markup(rest))


def _listening(name: str) -> Markup:
    """A level's factors, value by value; and phrases after those of the last."""
    parts = [_factor(name, factor) for factor in factors_of(name)]
    if name == RECIPES[-1]:
        parts.append(_phrases(name))
    return join(parts)


def _factor(name: str, factor: Factor) -> Markup:
    draw, upright = KINDS[factor.name]
    figures = []
    for example in examples(name, factor):
        alt = f"{factor.name} {example.label}"
        title = f"{example.label} {factor.unit}".strip()
        figures.append(_figure(title, "", svg(draw, example, alt), example))
    head = element("h4", factor.name, element("span", upright, class_="hint"))
    return join([head, element("div", *figures, class_="clips")])


def _phrases(name: str) -> Markup:
    words = f"clips of {name} at {PHRASE_GAIN_DB} dB, log-mel, labelled notes"
    head = element("h4", "Phrases", element("span", words, class_="hint"))
    figures = [
        _figure(f"clip {k}", one.label, svg(mel, one, f"phrase {k}"), one)
        for k, one in enumerate(phrases())
    ]
    return join([head, element("div", *figures, class_="clips wide")])


def _figure(title: str, more: str, picture: Markup, example: Example) -> Markup:
    return element(
        "figure",
        element("figcaption", element("b", title), f" {more}" if more else ""),
        picture,
        player(np.asarray(example.pcm), SAMPLE_RATE_HZ, title),
        class_="card",
    )


if __name__ == "__main__":
    main()
