"""Settings of C-DSVAE's objective (Bai et al. 2021, Eq 6). No torch is imported."""

from typing import Annotated, Literal

from pydantic import Field

from ....settings import settings
from ..dsae.dsae_settings import Size, Weight
from ..family import Preset


@settings
class ContrastConfig:
    """Weights of Eq 6, how its mutual information is estimated, and the augmented views."""

    reconstruction_weight: Annotated[float, Field(gt=0, lt=1e6)] = 4.0
    """weight w of half the squared error: the decoder's variance is 1 / w"""
    kl_v_weight: Weight = 0.1
    """weight of the KL of v, alpha; it is paid once a clip, and with 1 v falls silent where time is
    mean"""
    kl_z_weight: Weight = 1.0
    """weight of the KL of z, alpha"""
    content_weight: Weight = 1.0
    """weight of I(v; x), beta"""
    motion_weight: Weight = 10.0
    """weight of I(z; x), beta"""
    independence_weight: Weight = 1.0
    """weight of I(z; v), gamma"""
    time: Literal["mean", "sum"] = "mean"
    """mean: reconstruction and KL of z are means over the frames, as in Luo et al. 2022, Eq 2; sum:
    sums over the frames, as in Eq 3"""
    mutual_information: Literal["contrast", "mws"] = "contrast"
    """estimate of I(v; x) and I(z; x): contrast with augmented views (Eq 7), or mini-batch sampling
    of densities, which needs no views"""
    sampling: Literal["stratified", "weighted"] = "stratified"
    """weights of clips where densities are sampled: stratified is unbiased; weighted, 1 / (N n), is
    that of Chen et al. 2018 (MWS) and of the released code"""
    density: Literal["frame", "sequence"] = "frame"
    """frame: z_t of each frame by itself, averaged, as in the released code; sequence: z_1:T as a
    whole, as in Eq 5"""
    clipped: bool = True
    """count negative estimates of I(z; v) as 0, as in the released code"""
    temperature: Annotated[float, Field(gt=0, le=100)] = 0.5
    """tau of the contrast"""
    content: Literal["shuffle", "reverse", "block-shuffle", "block-resample", "none"] = (
        "block-shuffle"
    )
    """views that keep v: frames in random order, reversed, blocks of frames in random order, or
    drawn with replacement; none leaves the contrast of v out"""
    motion: Literal["equalisation", "formants", "both", "true", "none"] = "both"
    """views that keep z: random gains over the bands, a stretched spectral envelope, or both; true
    are the same melodies with other static factors, rendered anew; none leaves the contrast of z
    out"""
    block_frames: Size = 16
    """frames of a block"""
    equalisation_db: Annotated[float, Field(ge=0, le=60)] = 10.0
    """standard deviation of the gains in dB"""
    formant_ratio: Annotated[float, Field(ge=1, le=4)] = 1.3
    """an envelope is stretched by at most this ratio, or its inverse"""


PRESETS = {
    "default": Preset("contrast, blocks of frames shuffled, views without labels: half a minute"),
    "true-views": Preset(
        "the upper bound: views of motion are the true ones of the corpus", {"motion": "true"}
    ),
    "released": Preset(
        "the authors' weights and posterior of z, sums over frames, MWS of I(z; v): minutes",
        {
            "local_encoder": "bidirectional",
            "time": "sum",
            "kl_v_weight": 1.0,
            "reconstruction_weight": 2.0,
            "content_weight": 10.0,
            "motion_weight": 10.0,
            "sampling": "weighted",
            "content": "shuffle",
            "epochs": 100,
            "batch_size": 128,
            "learning_rate": 1e-3,
        },
    ),
}
