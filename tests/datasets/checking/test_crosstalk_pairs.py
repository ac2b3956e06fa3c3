"""What is compared of an operator and a factor: changes that are measured and labelled, by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from dsounds.datasets import Corpus, DMelodies, Sinusoids, open_corpus
from dsounds.datasets.checking import crosstalk as checking
from dsounds.datasets.checking.crosstalk import Pair, crosstalk
from dsounds.datasets.reading.transform import Transformed
from dsounds.synth.operators import Gain
from dsounds.synth.operators.effects import key

NAN = float("nan")


def pair(
    corpus: Corpus,
    factor: str,
    label: float,
    measured: Sequence[float],
    monkeypatch: pytest.MonkeyPatch,
) -> Pair:
    """The pair of a factor that is `label` times its value now, measured before and after."""
    column, values = corpus.space.column(factor), corpus.labels([0])[1]
    changed = values.copy()
    changed[:, column] *= label
    told: list[np.ndarray] = []

    def numbers(of: Corpus, sound: np.ndarray, known: np.ndarray) -> dict[str, np.ndarray]:
        told.append(known)
        names = (key(one.name, one.unit) for one in of.space.factors)
        return dict.fromkeys(names, np.array([measured[len(told) - 1]]))

    monkeypatch.setattr(checking, "sinusoid_numbers", numbers)
    monkeypatch.setattr(checking, "melody_numbers", numbers)
    result = Transformed(corpus.audio([0]), changed, (), None)
    monkeypatch.setattr(checking, "apply", lambda operator, of, clips: result)
    found = crosstalk(corpus, [Gain(-6)], np.array([0]))
    np.testing.assert_array_equal(told[1], np.where(np.isnan(changed), values, changed))
    return found[column]


@pytest.mark.parametrize(
    ("factor", "label", "measured", "moved", "off"),
    [
        ("level", 2, (-18, -37), -19, 1),  # from -20 to -40
        ("level", NAN, (-18, -37), -19, NAN),
        ("level", 2, (-18, NAN), NAN, np.inf),
        ("level", NAN, (-18, NAN), NAN, NAN),
        ("decay", 0.5, (1.5, 1.2), 0.8, 0.6),  # a ratio of 0.8, where 0.5 is labelled
        ("decay", 0.5, (2, 1), 0.5, 0),
    ],
)
def test_changes_of_numbers(
    factor: str,
    label: float,
    measured: tuple[float, float],
    moved: float,
    off: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    corpus = open_corpus(Sinusoids(count=2, levels=(-20,), decays=(2, 4), seconds=1))
    found = pair(corpus, factor, label, measured, monkeypatch)
    np.testing.assert_allclose([found.moved[0], found.off[0]], [moved, off], atol=1e-9)


@pytest.mark.parametrize(("measured", "off"), [((0, 1), 1), ((1, 1), 0), ((0, 0), 0)])
def test_another_value_counts_where_the_clip_itself_was_heard_as_labelled(
    measured: tuple[float, float], off: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = open_corpus(DMelodies(count=2))
    found = pair(corpus, "octave", 1, measured, monkeypatch)
    assert (found.how, found.moved[0], found.off[0]) == ("heard", measured[1], off)
