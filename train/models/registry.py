"""The families of models, and the parts of them that a setting names."""

from ...registry import Registry
from .family import Family

FAMILIES = Registry("dsounds.train.models", "FAMILY", Family, "family")
LOCAL_ENCODERS = Registry(
    "dsounds.train.models.local_encoders", "LOCAL_ENCODER", type, "local encoder"
)
DECODERS = Registry("dsounds.train.models.decoders", "DECODER", type, "decoder")
