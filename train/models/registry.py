"""The families of models, and the parts of them that a setting names."""

from typing import Any

from ...errors import DsoundsError, suggestion
from ...registry import Registry
from .attribute import Attribute
from .clip_network import ClipNetwork
from .family import Family

FAMILIES = Registry("dsounds.train.models.families", "FAMILY", Family, "family")
LOCAL_ENCODERS = Registry(
    "dsounds.train.models.local_encoders", "LOCAL_ENCODER", type, "local encoder"
)
DECODERS = Registry("dsounds.train.models.decoders", "DECODER", type, "decoder")
CLIP_NETWORKS = Registry(
    "dsounds.train.models.clip_networks", "CLIP_NETWORK", ClipNetwork, "network"
)

ATTRIBUTES = Registry("dsounds.train.models.attributes", "ATTRIBUTE", Attribute, "attribute")


def require_row(setting: str, name: str, rows: Registry[Any]) -> None:
    """Raise DsoundsError unless a setting names a row, or one of somebody's own with a colon."""
    if name not in rows.names and ":" not in name:
        raise DsoundsError(
            f"unknown {setting} {name!r}{suggestion(name, rows.names)}: {', '.join(rows.names)} "
            f"are known, or package.module:{rows.constant}"
        )
