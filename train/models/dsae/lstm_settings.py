"""Settings of LSTM-f and LSTM-c (Li and Mandt 2018, sec. 4.3). No torch is imported."""

from ....settings import settings
from .dsae_settings import Size, Sizes


@settings
class LstmConfig:
    """Sizes of the networks; those of v, encoders and decoder are DSAE's."""

    v_dim: Size = 16
    """size of the global code v"""
    z_dim: Size = 64
    """size of z, the one code of a clip's dynamics"""
    encoder_hidden: Sizes = (64, 64)
    """widths of the encoders' layers; they must be equal"""
    decoder_hidden: Sizes = (64, 64)
    """widths of the decoder's layers"""
    dynamics_hidden: Size = 128
    """width of h_t, the state of the LSTM that unrolls z"""
    standardise: bool = True
    """standardise the log-mel per band, by the training part, inside the model"""
