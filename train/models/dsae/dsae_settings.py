"""Settings of DSAE and its relatives; the defaults are the preset "fast". No torch is imported."""

from typing import Annotated, Literal

import tyro
from pydantic import Field

from ....settings import require, settings
from ..registry import DECODERS, LOCAL_ENCODERS, require_row

Size = Annotated[int, Field(ge=1, le=100_000)]
Sizes = Annotated[tuple[Size, ...], Field(min_length=1)]
Weight = Annotated[float, Field(ge=0, lt=1e6)]
Offsets = Annotated[tuple[int, ...], Field(min_length=1)]
DECODER_OFFSETS = (-24, -16, -12, -8, -6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8)


@settings
class ModelConfig:
    """Sizes of the networks (Luo et al. 2022, sec. 5.2)."""

    v_dim: Size = 16
    """size of the global code v"""
    z_dim: Size = 16
    """size of the local code z_t"""
    encoder_hidden: Sizes = (64, 64)
    """widths of the encoders' layers"""
    decoder_hidden: Sizes = (64, 64)
    """widths of the decoder's layers"""
    transition_hidden: Size = 32
    """width of the LSTM that gives the prior of z_t"""
    transition_layers: Annotated[int, Field(ge=1, le=100)] = 2
    """layers of that LSTM"""
    standardise: bool = True
    """standardise the log-mel per band, by the training part, inside the model"""
    local_encoder: Annotated[str, tyro.conf.arg(metavar="|".join(LOCAL_ENCODERS.names))] = (
        "factorised"
    )
    """network that infers z_t"""
    decoder: Annotated[str, tyro.conf.arg(metavar="|".join(DECODERS.names))] = "frame"
    """network that generates x_t"""
    local_input: Literal["plain", "centred", "normalised"] = "plain"
    """what the local encoder reads: the log-mel; minus its mean over the clip's time, per band; or
    also divided by its deviation over time, so that z is told little of what stands still"""
    activation: Literal["tanh", "gelu"] = "tanh"
    """what follows each layer of encoders and decoder, but for recurrent layers"""
    pooling: Literal["mean", "mean-deviation"] = "mean"
    """how the global encoder sums up the frames of a clip: their mean, or also their deviation"""
    global_hidden: tuple[Size, ...] = ()
    """widths of the global encoder's layers; none: those of encoder_hidden"""
    context: Size = 9
    """frames that each convolution of the parts named convolutional sees, an odd number"""
    encoder_offsets: Offsets = (-4, -2, -1, 0, 1, 2, 4)
    """frames around t that the local encoder taps sees: rising numbers, 0 among them"""
    decoder_offsets: Offsets = DECODER_OFFSETS
    """frames around t whose z the decoders taps and bilinear see: rising numbers, 0 among them"""

    def __post_init__(self) -> None:
        require_row("local_encoder", self.local_encoder, LOCAL_ENCODERS)
        require_row("decoder", self.decoder, DECODERS)
        require(
            self.context % 2 == 1,
            f"context is {self.context}: an odd number of frames is needed, as many before a frame "
            "as after it",
        )
        for name in ("encoder_offsets", "decoder_offsets"):
            offsets = getattr(self, name)
            require(
                offsets == tuple(sorted(set(offsets))) and 0 in offsets,
                f"{name} is {offsets}: rising numbers without a repetition are needed, 0 among "
                "them, as a frame is what it is about first of all",
            )


@settings
class Eq2Config:
    """Scaling and weights of Eq 2 (Luo et al. 2022)."""

    scaling: Literal["paper", "released"] = "paper"
    """paper: sums over dimensions, half the squared error; released: means over each term's own
    dimensions, the squared error not halved, as in the authors' code"""
    reconstruction_weight: Annotated[float, Field(gt=0, lt=1e6)] = 4.0
    """weight w of the reconstruction: the decoder's variance is 1 / w"""
    kl_z_weight: Weight = 1.0
    """weight of the KL of z"""
    kl_v_weight: Weight = 1.0
    """weight of the KL of v"""


@settings
class ObjectiveConfig(Eq2Config):
    """Weights of Eq 2 and Eq 4 to 7 (Luo et al. 2022)."""

    swaps: Literal["one", "both"] = "one"
    """one: one swapped pass stands for both, with weight 2"""
    swap_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """part of a batch's clips that are swapped; the terms' expectation is the same"""
    global_v_weight: Weight = 1.0
    """weight of Eq 4"""
    global_z_weight: Weight = 1.0
    """weight of Eq 5"""
    local_v_weight: Weight = 1.0
    """weight of Eq 6"""
    local_z_weight: Weight = 1.0
    """weight of Eq 7"""
    stage1_z: Literal["random", "zero"] = "random"
    """zero: the decoder sees z = 0 in stage 1, rather than a random projection of x as in the paper
    and in the authors' code"""
