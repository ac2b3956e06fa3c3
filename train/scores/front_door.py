"""Every score of anybody's model, in one call."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ...datasets import Corpus, Recipe
from ...synth.features import LogMelSettings
from ..models.interface import SequenceModel
from .data.checked_model import without_dropout
from .data.decodable import DecodeFrom
from .data.evaluated_codes import Prior
from .data.evaluation_data import EvaluationData
from .evaluation import Evaluation, score
from .row import Score
from .sound.embedders.registry import load_embedders


def evaluate(
    model: SequenceModel,
    corpus: Corpus | Recipe | Path | str,
    *,
    split: str | None = None,
    part: str = "validation",
    features: LogMelSettings | None = None,
    prior: Prior | None = None,
    seed: int = 0,
    more: Iterable[Score] = (),
    only: Sequence[str] = (),
    weights: Mapping[str, Path | str] | None = None,
    decode_from: DecodeFrom = "means",
) -> Evaluation:
    """Score a model on a corpus against its true factors, true counterfactuals included.

    Parameters
    ----------
    model
        Anything with `encode(x) -> Codes` and `decode(z, v) -> x`, on tensors: x is log-mel,
        (batch, time, mel); v is (batch, v_dim), z is (batch, time, z_dim). A code that the model
        does not have is None, and the scores that need it are left out with a note.
    corpus
        A corpus, its folder, or a recipe, whose clips are rendered as they are needed.
    split, part
        The split of the corpus (its first where None), and the part whose clips are scored:
        "validation" or "test". Linear discriminants are fitted on the part "train".
    features
        The log-mel that the model reads.
    prior
        The prior of v that the model trained under, from x; N(0, 1) where None.
    seed
        Draws the partners of the swaps.
    more
        Scores of one's own beside those of dsounds.
    only
        The names of the scores that are computed; "quick" for those that take no seconds; all of
        them where empty.
    weights
        Local files of the weights of embedders of sound, by the embedder's name: "vggish",
        "musicnn".
    decode_from
        Whether posterior means are decoded, or draws from the posteriors ("samples"), as the
        authors' code of TS-DSAE does. What is read of codes are means.

    Returns
    -------
    Evaluation
        The scores, with tables and notes.

    Raises
    ------
    DsoundsError
        If the corpus does not open, the part has fewer than two clips, or a file of weights is not
        what is meant.

    Examples
    --------
    >>> found = dsounds.evaluate(model, "corpora/demo")
    >>> print(found.table())
    >>> found.write("scores/mine")  # dsounds report runs/demo scores/mine
    """
    with without_dropout(model):
        embedders = load_embedders(weights or {})
        data = EvaluationData.of_corpus(
            model, corpus, split, part, features, seed, prior, embedders, decode_from
        )
        found = score(data, more, only)
    return replace(found, computed_from={"name": type(model).__name__, **found.computed_from})
