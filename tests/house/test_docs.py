"""The pages of docs/ say what is true: examples print what they show, links lead somewhere, the
table of factors is the recipes', and the page with sound has them all."""

import importlib.util
import pkgutil
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import Markup

from dsounds.datasets import load_recipe

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
SINUSOIDS = (ROOT / "docs" / "sinusoids.md").read_text()
LEVELS = {str(level): load_recipe(f"sinusoids-{level}") for level in (1, 2, 3, 4)}
PLAYERS = 83 + 3  # values of factors, phrases
_EXAMPLE = re.compile(r"```python\n(.*?)```\n\nprints\n\n```\n(.*?)```", re.S)
EXAMPLES = [
    pytest.param(*found, id=f"{page.stem}-{k}")
    for page in PAGES
    for k, found in enumerate(_EXAMPLE.findall(page.read_text()))
]


@pytest.fixture(scope="module")
def page():
    """tools/sinusoids_page.py, and its reader of pages."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import page_blocks
        import sinusoids_page

        yield sinusoids_page, page_blocks
    finally:
        sys.path.remove(str(ROOT / "tools"))


def test_names_of_code_are_there() -> None:
    found = set()
    for path in (*PAGES, ROOT / "README.md", ROOT / "benchmarks" / "README.md"):
        text = path.read_text()
        found |= set(re.findall(r"`(?:dsounds\.)?((?:synth|datasets|train)\.[\w.]+)", text))
    assert len(found) > 5
    for name in found:
        pkgutil.resolve_name(f"dsounds.{name}")


def test_modules_that_are_to_be_run_are_there() -> None:
    rooms = ("soundfonts", "synth", "datasets", "train", "dsounds", "benchmarks", "docs")
    files = [
        path for room in rooms for path in (ROOT / room).rglob("*") if path.suffix in (".py", ".md")
    ]
    texts = [path.read_text() for path in (*files, ROOT / "README.md", ROOT / "Makefile")]
    found = set(re.findall(r"python -m (dsounds[\w.]*|benchmarks[\w.]*)", "\n".join(texts)))
    assert "dsounds.synth.sinusoids.font" in found
    for name in found:
        assert importlib.util.find_spec(name.rstrip(".")), name


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize(("code", "shown"), EXAMPLES)
def test_examples_print_what_they_show(
    code: str, shown: str, printed: Callable[[str], str]
) -> None:
    assert printed(code) == shown


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_links_and_pictures_are_there(path: Path, page) -> None:
    text = path.read_text()
    for target in re.findall(
        r"\]\(([^)]+)\)", re.sub(r"```.*?```|`[^`\n]+`", "", text, flags=re.S)
    ):
        if "://" in target:
            continue
        name, _, place = target.partition("#")
        other = path.parent / name if name else path
        assert other.is_file(), target
        if place:
            titles = re.findall(r"^#+ (.+)$", other.read_text(), re.M)
            assert place in map(page[1].anchor, titles), target


def table_under(heading: str) -> list[list[str]]:
    """Rows of the first table of a section, without its head."""
    section = SINUSOIDS[SINUSOIDS.index(f"## {heading}\n") :]
    lines = section[section.index("\n|") + 1 :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def values_by_level(text: str) -> dict[str, list[str]]:
    """ "0 to 6 by 3 (1); 1, 2 (2, 3)" to {"1": ["0", "3", "6"], "2": ["1", "2"], "3": ...}."""
    out = {}
    for values, levels in re.findall(r"([^;()]+) \(([\d, ]+)\)", text):
        if span := re.fullmatch(r"\s*(\S+) to (\S+) by (\S+)", values):
            first, last, step = map(int, span.groups())
            named = [str(value) for value in range(first, last + 1, step)]
        else:
            named = [value.strip() for value in values.split(",")]
        out |= dict.fromkeys(levels.split(", "), named)
    return out


def test_the_table_has_every_factor_with_its_values() -> None:
    table = {row[0]: (row[1], values_by_level(row[2])) for row in table_under("The factors")}
    for level, recipe in LEVELS.items():
        for factor in recipe.space.factors:
            unit, values = table[factor.name]
            assert unit == factor.unit
            assert values[level] == list(factor.names), (factor.name, level)
    for name, (_, values) in table.items():
        assert all(name in LEVELS[level].space.names for level in values)


def test_the_table_of_real_instruments_is_the_recipes() -> None:
    space = load_recipe("dmelodies-expressive").space
    rows = table_under("Factors on real instruments")
    added = space.names[space.column("instrument") + 1 :]
    assert {row[0] for row in rows} == set(added)
    for name, unit, values, *_ in rows:
        factor = space.factor(name)
        assert (unit, values.split(", ")) == (factor.unit, list(factor.names))


def test_the_sizes_are_the_recipes() -> None:
    for level, recipe in LEVELS.items():
        row = next(line for line in SINUSOIDS.splitlines() if f"| sinusoids-{level} |" in line)
        seconds, factors, size = row.strip("| ").split(" | ")[2:]
        space = recipe.space
        assert (float(seconds), int(factors)) == (recipe.seconds, len(space.names))
        assert int(size.replace(",", "")) == len(space)


class Elements(HTMLParser):
    """The tags of a page, in balance, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.starts: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.starts.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.slow
def test_the_page_with_sound(page, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: dict[object, str] = {}  # a picture of each kind will do
    svg = page[0].svg
    monkeypatch.setattr(
        page[0],
        "svg",
        lambda draw, *one: drawn.get(draw) or drawn.setdefault(draw, svg(draw, *one)),
    )
    text = page[0].html_page(SINUSOIDS)
    assert len(drawn) == 7
    found = Elements(text)
    assert not found.open
    sounds = [own["src"] for tag, own in found.starts if tag == "audio"]
    first = {f.name: len(f) for level in "4321" for f in LEVELS[level].space.factors}
    assert len(sounds) == PLAYERS == sum(first.values()) + 3
    assert all(sound.startswith("data:audio/wav;base64,") for sound in sounds)
    assert len(set(sounds)) > 75  # what is neutral is heard several times
    assert len(text) < 4e6
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
    for heading in re.findall(r"^#+ (.+)$", re.sub("```.*?```", "", SINUSOIDS, flags=re.S), re.M):
        assert heading in found.text
    assert "0.008, 0.032, 0.128, 0.512 (2)" in found.text


def test_blocks(page) -> None:
    def html(text: str) -> str:
        return page[1].to_html(
            text, lambda target, words: Markup("<p>{}{}</p>").format(target, words)
        )

    assert html("# A `b` [c](d.md)") == (
        '<h1 id="a-b-cdmd">A <code>b</code> <a href="d.md">c</a></h1>'
    )
    assert html("- a\n  b\n- <c>") == "<ul><li>a\n  b</li><li>&lt;c&gt;</li></ul>"
    assert html("```python\nx < 1\n\n# y\n```\n") == "<pre>x &lt; 1\n\n# y</pre>"
    assert html("![a](b.png)") == "<p>b.pnga</p>"
    assert html("<!-- a -->\nb\n<!-- c -->\n") == "<p>b</p>"
    assert "<tbody><tr><td>1</td><td></td></tr></tbody>" in html("| a | b |\n|---|---|\n| 1 | |")
    with pytest.raises(ValueError, match="of a kind"):
        html("> a")
