"""Every work that is cited is on the page of references, and cited by its authors and year."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "references.md").read_text()
ROOMS = ("soundfonts", "synth", "datasets", "train", "dsounds", "benchmarks", "docs", "tests")
SKIPPED = (ROOT / "tests" / "golden", ROOT / "docs" / "references.md", Path(__file__))
CITED = re.compile(
    r"\b([A-Z][\w-]+)(?:, [A-Z][\w-]+)*(?: et al\.|,? and [A-Z][\w-]+)?(?:'s)?,? "
    r"\(?((?:18|19|20)\d\d)\b(?!-\d)"
)
NUMBERED = re.compile(r"(?<![\w.,-])00[0-4]\b(?![.,]?\d)")


def texts() -> dict[Path, str]:
    paths = [ROOT / "README.md", *(path for room in ROOMS for path in (ROOT / room).rglob("*"))]
    return {
        path: path.read_text()
        for path in paths
        if path.suffix in (".py", ".md", ".toml") and not any(map(path.is_relative_to, SKIPPED))
    }


def citations(text: str) -> set[tuple[str, str]]:
    """First author and year of each work that a text cites, across the ends of lines."""
    return set(CITED.findall(re.sub(r"\s*\n\s*#?\s*", " ", text)))


def is_listed(author: str, year: str) -> bool:
    return bool(re.search(rf"^- \*\*(?:de |Van )?{author}\b[^*]* {year}\.\*\*", PAGE, re.M))


def test_every_work_that_is_cited_is_on_the_page() -> None:
    found = {path: citations(text) for path, text in texts().items()}
    assert sum(map(len, found.values())) > 25
    missing = {
        (path.relative_to(ROOT).as_posix(), *work)
        for path, works in found.items()
        for work in works
        if not is_listed(*work)
    }
    assert not missing


def test_no_work_is_cited_by_a_number_of_our_own() -> None:
    places = {
        (path.relative_to(ROOT).as_posix(), text[one.start() : one.end() + 20])
        for path, text in texts().items()
        for one in NUMBERED.finditer(text)
    }
    assert not places


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("as in Luo et al. 2022, sec. 5", {("Luo", "2022")}),
        ("Luo et al. (2022),", {("Luo", "2022")}),
        ("# (Wilson,\n    # Hilferty 1931)", {("Wilson", "1931")}),
        ("Nuttall's (1981)", {("Nuttall", "1981")}),
        ("(McKay, Beckman and Conover\n    1979)", {("McKay", "1979")}),
        ("measured 2026-11-22; 2048 samples", set()),
    ],
)
def test_the_check_sees_citations(text: str, works: set[tuple[str, str]]) -> None:
    assert citations(text) == works


def test_the_check_sees_numbers_and_unknown_works() -> None:
    assert NUMBERED.search("Source: 000 section 5.2.")
    assert NUMBERED.search("the main finding of 000\n(section 6)")
    assert NUMBERED.search("2022 (000), section")
    assert not NUMBERED.search("3,000 clips of 0.001 and shard-000, 16_000)")
    assert is_listed("Luo", "2022")
    assert not is_listed("Luo", "2021")
    assert not is_listed("Lu", "2022")
