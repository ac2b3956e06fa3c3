"""Settings of SCAN: those of its beta-VAE, its own networks and weights, and the labels it sees."""

from typing import Annotated

from pydantic import Field

from ....datasets.concepts.pairs import PairRecipe
from ....settings import settings
from ..clips.vae_settings import VaeConfig, VaeObjectiveConfig
from ..dsae.dsae_settings import Size, Sizes, Weight


@settings
class ScanConfig(VaeConfig):
    """Sizes of the networks."""

    symbol_hidden: Sizes = (100,)
    """widths of the layers between symbols and their code"""
    operator_hidden: Sizes = (128,)
    """widths of the layers of the operators, which all dimensions of the code share"""


@settings
class ScanObjectiveConfig(VaeObjectiveConfig):
    """Weights of the objective, epochs of stage 2, and the labels that it is trained on."""

    symbol_beta: Weight = 1.0
    """weight beta_y of KL(q(z_y | y) to N(0, 1))"""
    grounding_weight: Weight = 10.0
    """weight lambda of KL(q(z_x | x) to q(z_y | y))"""
    symbol_epochs: Size = 10
    """epochs of stage 2, in which symbols are learned; stage1_epochs are those of the beta-VAE, and
    what is left those of the operators"""
    labelled: Annotated[float, Field(gt=0)] = 0.05
    """part of the training clips that have a label (below 1), or their number"""
    most_symbols: Size = 3
    """largest number of symbols in a label"""
    recombinations: Annotated[int, Field(ge=0)] = 4
    """how many recombinations of two symbols no label shows, drawn by chance"""
    hold_out: tuple[str, ...] = ()
    """the recombinations that no label shows instead, such as 'strings & high'"""
    test_clips: Size = 10
    """clips outside of training that show each of them, to test it"""
    examples: Size = 1000
    """examples of the operators"""
    label_seed: Annotated[int, Field(ge=0)] = 0
    """seed of labels, hold-outs and examples, the same for runs of any seed"""
    concepts: str = ""
    """file of dsounds concepts that gives labels, hold-outs and examples, rather than the settings
    above"""

    @property
    def recipe(self) -> PairRecipe:
        """The labels to draw."""
        return PairRecipe(
            labelled=self.labelled,
            most_symbols=self.most_symbols,
            recombinations=self.recombinations,
            hold_out=self.hold_out,
            tests=self.test_clips,
            seed=self.label_seed,
        )
