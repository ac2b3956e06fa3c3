"""Symbols, concepts and their recombination: laws, exact counts, labels and what they hold out."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsounds import cli
from dsounds.datasets import Corpus, DMelodies, Factor, FactorSpace, load_recipe
from dsounds.datasets.concepts import concept_file as concepts
from dsounds.datasets.concepts.concept import OPERATORS, Concept
from dsounds.datasets.concepts.pairs import ConceptPairs, PairRecipe, draw_pairs, pairs_of
from dsounds.datasets.concepts.recombine import NAMES, fewest, to_test, to_train
from dsounds.datasets.factors.regions import Region
from dsounds.datasets.symbols.vocabulary import Vocabulary, listing, vocabulary_of
from dsounds.datasets.symbols.word import Span, Word
from dsounds.datasets.symbols.words import WORDS
from dsounds.errors import DsoundsError

ORCHESTRA = DMelodies(
    count=600,
    octaves=(4, 5),
    tonics=("C", "C#", "D"),
    instruments=("violin", "cello", "trumpet", "flute", "harpsichord"),
    test=0.2,
)
ROOM = vocabulary_of(ORCHESTRA.space)


def concept(text: str) -> Concept:
    return Concept.parse(text, ROOM)


# random small spaces, random words over them

FEW = settings(max_examples=25)


@st.composite
def vocabularies(draw: st.DrawFn) -> Vocabulary:
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    space = FactorSpace(
        [
            Factor(f"f{k}", "static", tuple(range(n)), tuple(f"v{c}" for c in range(n)))
            for k, n in enumerate(sizes)
        ]
    )
    masks = st.tuples(*(st.integers(0, 2**n - 1) for n in sizes))  # 0: of any value
    words = []
    for w, word in enumerate(draw(st.lists(masks.filter(any), max_size=6))):
        kept = [[f"v{c}" for c in range(4) if mask >> c & 1] for mask in word]
        where = zip(space.names, map(tuple, kept), strict=True)
        words.append(Word(f"w{w}", "word", tuple((name, own) for name, own in where if own)))
    return vocabulary_of(space, words)


def one_of(draw: st.DrawFn, vocabulary: Vocabulary) -> Concept:
    """A concept with at least one clip: some symbols of a clip."""
    position = draw(st.integers(0, len(vocabulary.space) - 1))
    true = np.flatnonzero(vocabulary.khot(vocabulary.space.classes(position))).tolist()
    some = draw(st.lists(st.sampled_from(true), max_size=3)) if true else []
    return Concept.of(vocabulary, some)


@st.composite
def triples(draw: st.DrawFn) -> tuple[Concept, Concept, Concept]:
    vocabulary = draw(vocabularies())
    return one_of(draw, vocabulary), one_of(draw, vocabulary), one_of(draw, vocabulary)


def clips(c: Concept) -> np.ndarray:
    """Which clips of the space a concept is true of, by its symbols alone: (size,) bool."""
    space = c.vocabulary.space
    khot = c.vocabulary.khot(space.classes(np.arange(len(space))))
    return khot[:, list(c.symbols)].all(axis=1)


@FEW
@given(triples())
def test_counts_and_containment_are_exact(three: tuple[Concept, Concept, Concept]) -> None:
    for a in three:
        space = a.vocabulary.space
        classes = space.classes(np.arange(len(space)))
        true = clips(a)
        np.testing.assert_array_equal(a.contains(classes), true)
        assert a.count == true.sum() > 0
        assert a.bits == pytest.approx(np.log2(len(space) / true.sum()))
        khot = a.vocabulary.khot(classes)
        np.testing.assert_array_equal(a.khot, khot[true].all(axis=0))  # all that is true of it
        if a.cells:
            np.testing.assert_array_equal(Region.parse(a.cells, space).contains(classes), true)


@FEW
@given(triples())
def test_text_and_khot_name_a_concept(three: tuple[Concept, Concept, Concept]) -> None:
    for a in three:
        assert Concept.parse(str(a), a.vocabulary) == a
        assert Concept.of_khot(a.vocabulary, a.khot) == a
        assert Concept.of(a.vocabulary, a.said) == a


@FEW
@given(triples())
def test_and_is_the_intersection(three: tuple[Concept, Concept, Concept]) -> None:
    a, b, c = three
    both = clips(a) & clips(b)
    assert a.agrees(b) == both.any()
    if not both.any():
        with pytest.raises(DsoundsError, match="contradict"):
            a & b
        return
    np.testing.assert_array_equal(clips(a & b), both)
    assert a & b == b & a
    assert a & a == a
    if (a & b).agrees(c):
        assert (a & b) & c == a & (b & c)


@FEW
@given(triples())
def test_in_common_is_the_smallest_that_holds_both(three: tuple[Concept, Concept, Concept]) -> None:
    a, b, c = three
    shared = a.in_common(b)
    assert shared == b.in_common(a)
    assert a.in_common(a) == a
    assert a.in_common(b).in_common(c) == a.in_common(b.in_common(c))
    assert shared.subsumes(a)
    assert shared.subsumes(b)
    if c.subsumes(a) and c.subsumes(b):
        assert c.subsumes(shared)
    assert a & shared == a  # absorption: a lattice
    if a.agrees(b):
        assert a.in_common(a & b) == a
    assert Concept.of_khot(a.vocabulary, shared.khot) == shared


@FEW
@given(triples())
def test_ignore_frees_factors_and_undoes_and(three: tuple[Concept, Concept, Concept]) -> None:
    a, b, _ = three
    left = a.ignore(b)
    assert left.subsumes(a)
    assert not set(left.factors) & set(b.factors)
    assert left.ignore(b) == left
    assert a.ignore(a) == Concept.of(a.vocabulary)
    assert Concept.of(a.vocabulary, left.said) == left
    if a.agrees(b):
        assert (a & b).ignore(b) == left
    if not set(a.factors) & set(b.factors):
        assert left == a
        assert (a & b).ignore(b) == a


@FEW
@given(triples())
def test_subsumption_is_the_order_of_clips(three: tuple[Concept, Concept, Concept]) -> None:
    a, b, c = three
    assert a.subsumes(b) == bool((clips(a) | ~clips(b)).all())
    assert a.subsumes(a)
    if a.subsumes(b) and b.subsumes(a):
        assert a == b
    if a.subsumes(b) and b.subsumes(c):
        assert a.subsumes(c)
    if a.subsumes(b):
        assert a.bits <= b.bits
        assert a & b == b
        assert a.in_common(b) == a


@FEW
@given(triples(), st.integers(0, 2**32))
def test_samples_are_of_the_concept(three: tuple[Concept, Concept, Concept], seed: int) -> None:
    a, _, _ = three
    drawn = a.sample(a.count, np.random.default_rng(seed))
    np.testing.assert_array_equal(np.sort(drawn), np.flatnonzero(clips(a)))
    with pytest.raises(DsoundsError, match="asked for, but it has"):
        a.sample(a.count + 1, np.random.default_rng(seed))


@FEW
@given(vocabularies())
def test_parents_are_right_above(vocabulary: Vocabulary) -> None:
    above = vocabulary.above
    assert not (above & above.T).any()
    np.testing.assert_array_equal(above | ((above.astype(int) @ above) > 0), above)  # transitive
    own = [Concept.of(vocabulary, [s]) for s in range(len(vocabulary))]
    for s, t in itertools.permutations(range(len(own)), 2):
        assert own[s].subsumes(own[t]) == vocabulary.holds[s, t]
    for t, symbol in enumerate(vocabulary.symbols):
        right = {vocabulary.number(name) for name in symbol.parents}
        assert all(above[s, t] for s in right)
        assert not any(above[s, u] and above[u, t] for s in right for u in range(len(own)))
        reached = set(right).union(*(np.flatnonzero(above[:, s]) for s in right))
        assert reached == set(np.flatnonzero(above[:, t]))


@FEW
@given(vocabularies())
def test_a_table_describes_a_vocabulary(vocabulary: Vocabulary) -> None:
    table = json.loads(json.dumps(vocabulary.table()))
    assert Vocabulary.from_table(table, vocabulary.space) == vocabulary


# the words of sound


def test_the_hierarchy_of_instruments() -> None:
    symbols = {symbol.name: symbol for symbol in ROOM.symbols}
    assert symbols["violin"].parents == ("strings",)
    assert symbols["strings"].parents == ("sustained",)
    assert symbols["trumpet"].parents == ("brass",)
    assert symbols["brass"].parents == ("wind",)
    assert symbols["wind"].parents == ("sustained",)
    rising = "arpeggios rising"
    assert symbols[rising].parents == (f"{rising} bar 1", f"{rising} bar 2")
    assert symbols["octave 5"].parents == ("high",)
    assert "woodwind" not in symbols  # here it is the pipe's other name
    assert "guitar" not in symbols


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("violin IN COMMON cello", "strings"),
        ("violin & high IN COMMON cello & low", "strings"),
        ("violin IN COMMON trumpet", "sustained"),
        ("violin IN COMMON harpsichord", "anything"),
        ("violin & high IGNORE strings", "high"),
        ("violin & high IGNORE harpsichord", "high"),
        ("strings & high AND arpeggios rising", "high & strings & arpeggios rising"),
        ("strings AND violin", "violin"),
        ("arpeggios rising bar 1 AND arpeggios rising bar 2", "arpeggios rising"),
        ("arpeggios rising IGNORE arpeggios rising bar 2", "arpeggios rising bar 1"),
        ("rising bar 1 AND rising bar 2", "arpeggios rising"),  # as they were called before
        ("high", "high"),
        (" anything  AND octave 5", "high"),  # the first of two names of one thing
    ],
)
def test_recombinations_in_words(text: str, result: str) -> None:
    assert str(concept(text)) == result


def test_counts_in_the_space() -> None:
    whole = len(ORCHESTRA.space)
    assert concept("anything").count == whole
    assert concept("strings").count == whole * 2 // 5
    assert concept("strings & high & rising").count == whole * 2 // 5 // 2 // 16
    assert concept("white key").count == whole * 2 // 3
    assert concept("strings & high").factors == ("octave", "instrument")
    assert concept("high").bits == 1


def test_a_concept_as_cells_of_a_recipe() -> None:
    held = concept("strings & high").cells
    recipe = replace(ORCHESTRA, hold_out=(held,))
    classes = recipe.space.classes(recipe.positions(np.arange(recipe.clips)))
    inside = concept("strings & high").contains(classes)
    np.testing.assert_array_equal(recipe.parts("held-out") == 2, inside)


@pytest.mark.parametrize(
    ("rhythm", "name", "true"),
    [
        ("xx.xx.xx", "syncopated bar 1", True),  # a rest on beat 2, held over from its upbeat
        ("xxx.xxx.", "straight bar 1", True),  # rests on offbeats alone
        (".xxxxxx.", "after the beat bar 1", True),
        ("xxxxxx..", "one gap bar 1", True),
        ("xxxxxx..", "rests late bar 1", True),
        ("..xxxxxx", "rests early bar 1", True),
        ("xx.xx.xx", "rests early bar 1", False),
    ],
)
def test_words_for_rhythms(rhythm: str, name: str, true: bool) -> None:
    vocabulary = vocabulary_of(DMelodies(rest_at_ends=True).space)
    own = Concept.of(vocabulary, [f"rhythm_bar1 {rhythm}"])
    assert Concept.of(vocabulary, [name]).subsumes(own) == true


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ("full", "low, high, strings, brass, organ, minor third, black key, arpeggios arch"),
        ("expression", "soft, loud, slow, fast"),
        ("moving", "swelling, fading, steady, to brass"),
        ("dmelodies-expressive", "soft, loud, dark, bright, hard, gentle, plain, vibrato, flat"),
        ("sinusoids-1", "low, high, soft, loud, dark, bright, hollow, full, noisy, clean"),
        ("sinusoids-2", "mellow, piercing, hard, gentle, dry, ringing"),
        ("sinusoids-3", "harmonic, stiff, slow vibrato, wide vibrato, strong tremolo"),
        ("sinusoids-4", "few notes, sparse, dense, swelling, turning, rising, zigzag"),
    ],
)
def test_words_of_both_kinds_of_corpus(recipe: str, words: str) -> None:
    names = vocabulary_of(load_recipe(recipe).space).names
    assert set(words.split(", ")) <= set(names)


def test_a_word_of_a_line_is_no_word_of_arpeggios() -> None:
    melodies, phrases = (vocabulary_of(load_recipe(name).space) for name in ("full", "sinusoids-4"))
    lines = set(phrases.space.factor("contour").names)
    assert lines <= set(phrases.names)
    assert not lines & set(melodies.names)
    assert melodies.number("rising") == melodies.number("arpeggios rising")
    with pytest.raises(DsoundsError, match="unknown symbol 'rising'"):
        vocabulary_of(load_recipe("sinusoids-1").space).number("rising")
    kinds = {symbol.kind for symbol in melodies.symbols if "arpeggios" in symbol.name}
    assert kinds == {"arpeggios"}


def test_words_are_well_formed() -> None:
    assert all(word.where and word.name and "&" not in word.name for word in WORDS)
    assert not {word.kind for word in WORDS} & {name for word in WORDS for name, _ in word.where}
    for word in WORDS:
        assert all(c.least < c.below if isinstance(c, Span) else c for _, c in word.where)


def test_names_that_clash() -> None:
    space = FactorSpace(
        [
            Factor("instrument", "static", (0, 1, 2), ("violin", "strings", "drum & bass")),
            Factor("alone", "static", (0,), ("x",)),
        ]
    )
    names = vocabulary_of(space, [Word("strings", "family", (("instrument", ("violin",)),))]).names
    assert names == ("strings", "violin", "instrument strings", "drum + bass")
    assert not len(vocabulary_of(space.restrict(instrument=[0])))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("strngs", "unknown symbol 'strngs', did you mean 'strings'"),
        ("violin & trumpet", "violin & trumpet cannot hold at once: no instrument is left"),
        ("high AND low", "high AND low holds nothing"),
        ("violin &", "a symbol is missing in 'violin &'"),
        ("", "a symbol is missing in ''"),
    ],
)
def test_bad_concepts(text: str, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        concept(text)


def test_bad_vectors_and_numbers() -> None:
    with pytest.raises(DsoundsError, match=r"a k-hot vector must be"):
        Concept.of_khot(ROOM, np.zeros(3))
    with pytest.raises(DsoundsError, match=r"there is no symbol 9999"):
        Concept.of(ROOM, [9999])
    other = vocabulary_of(DMelodies().space)
    with pytest.raises(DsoundsError, match="of different vocabularies"):
        concept("high") & Concept.of(other)


def test_a_listing() -> None:
    khot = ROOM.khot(ORCHESTRA.space.classes(np.arange(100)))
    lines = listing(ROOM, khot).splitlines()
    assert len(lines) == len(ROOM) + 1
    assert lines[0].split() == ["symbol", "kind", "clips", "below"]
    violin = next(line for line in lines if line.split()[0] == "violin")
    assert violin.split()[-2:] == ["20", "strings"]


# labels and what they hold out

CLASSES = ORCHESTRA.space.classes(ORCHESTRA.positions(np.arange(ORCHESTRA.clips)))
TRAINED = ORCHESTRA.parts("melody") == 0


def pairs(**options: object) -> ConceptPairs:
    return pairs_of(ROOM, CLASSES, TRAINED, PairRecipe(**options))  # type: ignore[arg-type]


GIVEN = ("strings & high", "brass & rising bar 1")


@pytest.mark.parametrize(
    "options",
    [
        {"labelled": 0.2, "tests": 5},
        {"labelled": 60, "hold_out": GIVEN, "seed": 5},
        {"labelled": 1.0, "recombinations": 0},
        {"labelled": 0.3, "recombinations": 12, "tests": 2, "most_symbols": 6},
    ],
)
def test_labels_are_true_and_keep_what_is_held_out(options: dict) -> None:
    drawn = pairs(**options)
    recipe = PairRecipe(**options)
    assert len(np.unique(drawn.clip)) == len(drawn.clip)
    assert TRAINED[drawn.clip].all()
    assert (drawn.said <= drawn.khot[drawn.clip]).all()
    spoken = drawn.said.sum(axis=1)
    assert 1 <= spoken.min() <= spoken.max() <= recipe.most_symbols
    assert (drawn.said.astype(int) @ ROOM.speaks <= 1).all()  # no factor twice
    assert len(drawn.held_out) == (len(recipe.hold_out) or recipe.recombinations)
    for number, held in enumerate(drawn.held_out):
        assert len(held.said) >= 2
        assert not held.contains(CLASSES[drawn.clip]).any()
        labels = [Concept.of_khot(ROOM, row) for row in drawn.said]
        assert not any(held.subsumes(label) for label in labels)
        for symbol in held.said:
            assert drawn.said[:, symbol].any()  # each by itself is shown
        tested = drawn.test_clip[drawn.test_concept == number]
        assert 1 <= len(np.unique(tested)) == len(tested) <= recipe.tests
        assert held.contains(CLASSES[tested]).all()
        assert not TRAINED[tested].any()
    expected = np.logical_or.reduce([np.zeros(600, bool), *(clips_of(h) for h in drawn.held_out)])
    np.testing.assert_array_equal(drawn.held, expected)


def clips_of(held: Concept) -> np.ndarray:
    return held.contains(CLASSES)


def test_how_many_labels() -> None:
    assert len(pairs(labelled=0.2, recombinations=0).clip) == round(0.2 * TRAINED.sum())
    assert len(pairs(labelled=33, recombinations=0).clip) == 33


def test_labels_come_from_the_seed() -> None:
    first, same, other = (pairs(labelled=0.2, seed=seed) for seed in (1, 1, 2))
    assert first.held_out == same.held_out
    np.testing.assert_array_equal(first.said, same.said)
    np.testing.assert_array_equal(first.test_clip, same.test_clip)
    assert first.said.shape != other.said.shape or (first.said != other.said).any()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"labelled": 0}, "labelled is 0"),
        ({"labelled": 2.5}, "labelled is 2.5"),
        ({"most_symbols": 0}, "most_symbols is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"labelled": 2, "hold_out": GIVEN}, "2 labels asked for, but there can be 4"),
        ({"labelled": 599, "hold_out": GIVEN}, "599 labels asked for"),
        ({"hold_out": ("strings",)}, "'strings' is one symbol"),
        ({"hold_out": ("rising bar 1 & rising bar 2",)}, "is one symbol"),
        ({"hold_out": ("strings & hgh",)}, "did you mean 'high'"),
        ({"hold_out": ("strings & high", "strings & low")}, "no clip is left to show 'strings'"),
        ({"recombinations": 500}, "of 500 recombinations can be held out"),
        ({"hold_out": ("tonic D & cello & high & rising & rhythm_bar1 xxxxxx..",)}, "no clip"),
    ],
)
def test_bad_labels(options: dict, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        pairs(**{"labelled": 0.2} | options)


# examples of the operators


def test_examples_are_exact() -> None:
    drawn = pairs(labelled=0.3, hold_out=GIVEN)
    train, test = to_train(drawn, 90, seed=2), to_test(drawn)
    for examples in (train, test):
        for k, operator in enumerate(examples.operator):
            a, b, result = (
                Concept.of_khot(ROOM, own[k])
                for own in (examples.first, examples.second, examples.result)
            )
            assert OPERATORS[NAMES[operator]](a, b) == result
            np.testing.assert_array_equal(result.khot, examples.result[k])
            assert result.symbols
            assert result.contains(CLASSES[examples.clip[k]])
            shows = [any(held.subsumes(c) for held in drawn.held_out) for c in (a, b, result)]
            if examples is train:
                assert not any(shows)
            else:
                assert shows[2]
    assert np.bincount(train.operator).tolist() == [30, 30, 30]
    assert len(test.operator) == 3 * len(drawn.test_clip)
    assert set(train.clip) <= set(drawn.clip)


def test_clips_of_training_show_the_result_and_not_always_the_first_operand() -> None:
    """What IN COMMON and IGNORE leave out varies over the clips as it does over all of the result.

    If each clip were one of the first operand, a model would learn to return that operand.
    """
    drawn = pairs(labelled=0.3)
    train, true = to_train(drawn, 600), drawn.khot[drawn.clip]
    for number, name in enumerate(NAMES):
        shown, share = [], []
        for k in np.flatnonzero(train.operator == number):
            first, result = (getattr(train, of)[k] > 0 for of in ("first", "result"))
            shown.append(drawn.khot[train.clip[k], first].all())
            of_result = true[true[:, result].all(axis=1)]
            share.append(of_result[:, first].all(axis=1).mean())
        assert np.mean(shown) == pytest.approx(np.mean(share), abs=0.06)
        assert (np.mean(shown) == 1) == (name == "AND")
        assert name == "AND" or np.mean(share) < 0.8


def test_no_examples() -> None:
    with pytest.raises(DsoundsError, match="nothing is held out"):
        to_test(pairs(recombinations=0))
    space = FactorSpace([Factor("octave", "static", (4, 5), ("4", "5"))])
    alone = pairs_of(
        vocabulary_of(space),
        np.array([[0], [1], [0]]),
        np.ones(3, bool),
        PairRecipe(labelled=2, recombinations=0),
    )
    with pytest.raises(DsoundsError, match="two factors vary"):
        to_train(alone, 3)


# in a file


def test_a_file_of_concepts(small: Corpus, tmp_path: Path) -> None:
    recipe = PairRecipe(labelled=10, hold_out=("strings & high",), tests=2)
    content = concepts.draw(small, recipe, examples=9)
    for name in ("a.h5", "b.h5"):
        concepts.write(content, tmp_path / name)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    again = concepts.read(tmp_path / "a.h5", small)
    assert again.recipe == recipe
    assert (again.corpus_id, again.split) == (small.id, "melody")
    assert again.pairs.held_out == content.pairs.held_out
    assert again.pairs.vocabulary == vocabulary_of(small.space)
    for own in ("khot", "clip", "said", "held", "test_clip", "test_concept"):
        np.testing.assert_array_equal(getattr(again.pairs, own), getattr(content.pairs, own))
    assert again.test is not None
    np.testing.assert_array_equal(again.train.result, content.train.result)
    np.testing.assert_array_equal(again.test.result, to_test(again.pairs).result)
    with h5py.File(tmp_path / "a.h5") as file:  # for any reader
        names = [row["name"] for row in json.loads(file["khot"].attrs["vocabulary"])]
        assert file["khot"].shape == (40, len(names))
        assert file["held_out/text"].asstr()[()].tolist() == ["high & strings"]
        held = file["khot"][:, [names.index("high"), names.index("strings")]].all(axis=1)
        np.testing.assert_array_equal(held, file["held_out/clips"][()] > 0)
    with pytest.raises(DsoundsError, match="exists already"):
        concepts.write(content, tmp_path / "a.h5")


def test_nothing_held_out_in_a_file(small: Corpus, tmp_path: Path) -> None:
    content = concepts.draw(small, PairRecipe(labelled=4, recombinations=0), examples=3)
    concepts.write(content, tmp_path / "a.h5")
    again = concepts.read(tmp_path / "a.h5")
    assert again.test is None
    assert again.pairs.held_out == ()
    assert not len(again.pairs.test_clip)


def test_files_that_are_not_of_concepts(small: Corpus, tmp_path: Path) -> None:
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(DsoundsError, match="cannot be read") as error:
        concepts.read(tmp_path / "text.h5")
    assert "disk" not in str(error.value)
    assert small.folder is not None
    with pytest.raises(DsoundsError, match="is no file of concepts"):
        concepts.read(small.folder / "shard-00000.h5")
    content = concepts.draw(small, PairRecipe(labelled=4, recombinations=0), examples=3)
    other = concepts.ConceptFile(**{**vars(content), "corpus_id": "0123"})
    concepts.write(other, tmp_path / "other.h5")
    with pytest.raises(DsoundsError, match="is of corpus 0123, not of"):
        concepts.read(tmp_path / "other.h5", small)


def test_labels_of_a_corpus(small: Corpus) -> None:
    drawn = draw_pairs(small, PairRecipe(labelled=10, hold_out=("strings & high",)), "random")
    assert (small.parts("random")[drawn.clip] == 0).all()
    np.testing.assert_array_equal(drawn.khot, vocabulary_of(small.space).khot(small.classes))
    true = {drawn.vocabulary.names[s] for s in np.flatnonzero(drawn.khot[drawn.clip[0]])}
    assert set(drawn.text(0).split(" & ")) <= true


# the command


def test_the_command(
    small_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["concepts", str(small_folder)]) == 0
    assert "strings" in capsys.readouterr().out
    out = tmp_path / "concepts.h5"
    options = ["--labelled", "10", "--hold-out", "strings & high", "--examples", "6"]
    assert cli.main(["concepts", str(small_folder), "--out", str(out), *options]) == 0
    assert capsys.readouterr().out == f"10 labels in {out}; held out: high & strings\n"
    assert len(concepts.read(out).train.clip) == 6
    assert cli.main(["concepts", str(small_folder), "--out", str(out), *options]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_fewest_symbols_say_the_same() -> None:
    texts = ("violin", "strings & high", "violin & octave 5", "anything")
    full = np.stack([concept(text).khot for text in texts])
    few = fewest(ROOM, full)
    assert [int(row.sum()) for row in few] == [len(concept(text).said) for text in texts]
    assert (few <= full).all()
    assert few.sum() < full.sum()
    assert [Concept.of_khot(ROOM, row) for row in few] == [concept(text) for text in texts]


@pytest.mark.parametrize("part", [0.0, 0.01, 0.2, 0.5, 0.8, 0.99, 0.9999])
def test_a_damaged_file_of_concepts_is_named(small: Corpus, tmp_path: Path, part: float) -> None:
    path = tmp_path / "concepts.h5"
    concepts.write(
        concepts.draw(small, PairRecipe(labelled=4, recombinations=0), examples=10), path
    )
    concepts.read(path, small)
    damaged = bytearray(path.read_bytes())
    damaged[int(part * len(damaged))] ^= 2
    path.write_bytes(damaged)
    with pytest.raises(DsoundsError, match=r"concepts\.h5 (is damaged|cannot be read)"):
        concepts.read(path, small)


def test_a_file_of_concepts_without_its_line(small: Corpus, tmp_path: Path) -> None:
    """It is damaged; one of an earlier version, which has never had a line, is read."""
    path = tmp_path / "concepts.h5"
    concepts.write(
        concepts.draw(small, PairRecipe(labelled=4, recombinations=0), examples=10), path
    )
    path.write_bytes(path.read_bytes()[: -len(b"dsounds concepts 1: crc32 01234567\n")])
    with pytest.raises(DsoundsError, match="is damaged"):
        concepts.read(path, small)
    with h5py.File(path, "r+") as file:
        del file.attrs["checksum"]
    with pytest.warns(UserWarning, match="is of an earlier version and has no checksum"):
        assert concepts.read(path, small).corpus_id == small.id
