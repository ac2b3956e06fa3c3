"""Each row, and each preset of a family, has its line in docs/models.md."""

import re
from pathlib import Path

import pytest

from dsounds.train.models.registry import (
    ATTRIBUTES,
    CLIP_NETWORKS,
    DECODERS,
    FAMILIES,
    LOCAL_ENCODERS,
)

PAGE = (Path(__file__).parents[3] / "docs" / "models.md").read_text(encoding="utf-8")
README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        *FAMILIES.names,
        *LOCAL_ENCODERS.names,
        *DECODERS.names,
        *CLIP_NETWORKS.names,
        *ATTRIBUTES.names,
    ],
)
def test_the_page_has_a_line_for_each(name: str) -> None:
    assert f"\n| `{name}` | " in PAGE


def test_the_page_has_a_line_for_each_preset_of_each_family_the_default_first() -> None:
    lines = re.findall(r"^\| (`[^|]+`) \| `([^|`]+)` \| ", PAGE, re.M)
    told = [(name, preset) for names, preset in lines for name in re.findall(r"`(.+?)`", names)]
    for name, row in FAMILIES.rows():
        assert [preset for one, preset in told if one == name] == list(row.presets)
    assert {name for name, _ in told} == set(FAMILIES.names)


def test_the_readme_tells_how_many_families_there_are_and_names_some() -> None:
    count, some = re.search(r"one of (\d+) \[families\]\(.+?\): (.+?) \.\.\.;", README).groups()
    assert int(count) == len(FAMILIES.names)
    assert set(re.findall(r"`(.+?)`", some)) <= set(FAMILIES.names)
