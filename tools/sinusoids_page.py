"""`make docs`: the pictures of docs/sinusoids.md, and the page with sound, docs/sinusoids.html.

The page's text is docs/sinusoids.md; in HTML each of its pictures becomes one small picture and one
player for each value of each factor. The HTML file needs nothing else and is not committed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from markupsafe import Markup
from page_blocks import headings, to_html
from sinusoids_examples import PHRASE_GAIN_DB, RECIPES, examples, factors_of, phrases
from sinusoids_pictures import KINDS, level_picture, mel, svg

from dsounds.datasets import Factor
from dsounds.datasets.storage import atomic_files
from dsounds.synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from dsounds.train.report.html import render

SOURCE = Path(__file__).parents[1] / "docs" / "sinusoids.md"
TEMPLATES = Path(__file__).parent / "templates"
# Heading, hint, class, and for each example: title, more words, picture, sound.
Group = tuple[str, str, str, list[tuple[str, str, Markup, np.ndarray]]]


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
    body = to_html(source, lambda target, _: _listening(Path(target).stem))
    title, end, rest = body.partition(Markup("</h1>"))
    sections = headings(source)
    return render(TEMPLATES / "sinusoids.html", title=title + end, sections=sections, rest=rest)


def _listening(name: str) -> Markup:
    """A level's factors, value by value; and phrases after those of the last."""
    groups = [_factor(name, factor) for factor in factors_of(name)]
    if name == RECIPES[-1]:
        words = f"clips of {name} at {PHRASE_GAIN_DB} dB, log-mel, labelled notes"
        figures = [
            (f"clip {k}", one.label, svg(mel, one, f"phrase {k}"), one.pcm)
            for k, one in enumerate(phrases())
        ]
        groups.append(("Phrases", words, "clips wide", figures))
    shown = render(TEMPLATES / "listening.html", groups=groups, rate_hz=SAMPLE_RATE_HZ)
    return Markup(shown)


def _factor(name: str, factor: Factor) -> Group:
    draw, upright = KINDS[factor.name]
    figures = []
    for example in examples(name, factor):
        picture = svg(draw, example, f"{factor.name} {example.label}")
        figures.append((f"{example.label} {factor.unit}".strip(), "", picture, example.pcm))
    return factor.name, upright, "clips", figures


if __name__ == "__main__":
    main()
