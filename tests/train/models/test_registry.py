"""Each row has its line in the guide."""

from pathlib import Path

import pytest

from dsounds.train.models.registry import (
    ATTRIBUTES,
    CLIP_NETWORKS,
    DECODERS,
    FAMILIES,
    LOCAL_ENCODERS,
)
from dsounds.train.settings.presets import DSAE_PRESETS

GUIDE = (Path(__file__).parents[3] / "docs" / "guide.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        *FAMILIES.names,
        *LOCAL_ENCODERS.names,
        *DECODERS.names,
        *CLIP_NETWORKS.names,
        *ATTRIBUTES.names,
        *DSAE_PRESETS,
    ],
)
def test_the_guide_has_a_line_for_each(name: str) -> None:
    assert f"\n| `{name}` | " in GUIDE
