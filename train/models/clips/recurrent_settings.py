"""Settings of the recurrent VAE with attention. No torch is imported."""

from ....settings import require, settings
from ..dsae.dsae_settings import Size


@settings
class RecurrentVaeConfig:
    """Sizes of the networks."""

    v_dim: Size = 16
    """size of the code v of a clip, all slots together"""
    slots: Size = 4
    """equal parts of v; each one is inferred from, and attended to, on its own"""
    hidden: Size = 64
    """width of the LSTMs, of the encoder's in either direction"""
    step_frames: Size = 4
    """frames that the LSTMs read or write in one step"""
    standardise: bool = True
    """standardise the log-mel per band, by the training part, inside the model"""

    def __post_init__(self) -> None:
        require(
            self.v_dim % self.slots == 0,
            f"v_dim is {self.v_dim} and slots is {self.slots}: a multiple of slots is needed, as "
            "all slots have the same size",
        )
