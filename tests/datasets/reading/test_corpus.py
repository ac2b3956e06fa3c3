"""Reading: sound, labels, frames, counterfactuals, features; damage is named."""

import hashlib
import json
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
import pytest

from dsounds.datasets import Corpus, Sinusoids, features, load_recipe, open_corpus
from dsounds.datasets.checking import verify as verification
from dsounds.datasets.checking.label_recovery import Heard, hear
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.reading.picture import draw_clips
from dsounds.datasets.storage import checksum, formats
from dsounds.datasets.storage import manifest as manifests
from dsounds.errors import DsoundsError
from dsounds.synth.features import LogMelSettings, log_mel, to_audio
from dsounds.synth.locked_librosa import librosa
from dsounds.synth.music.schedule import Schedule, Voice
from dsounds.synth.rendering.fluidsynth import Font
from dsounds.synth.rendering.pcm import to_float
from dsounds.synth.rendering.render import DirectRenderer, render_pcm

EVERY = np.arange(40)


def test_sound_is_between_minus_one_and_one(small: Corpus) -> None:
    sound = small.audio([5, 39, 5])
    assert sound.shape == (3, 64_000)
    assert sound.dtype == np.float32
    np.testing.assert_array_equal(np.abs(sound).max(axis=1), 1)
    np.testing.assert_array_equal(sound[0], sound[2])
    np.testing.assert_array_equal(small.audio(EVERY)[39], sound[1])


def test_labels_belong_together(small: Corpus) -> None:
    assert len(small) == 40
    np.testing.assert_array_equal(small.space.classes(small.index), small.classes)
    np.testing.assert_array_equal(small.space.values(small.classes), small.values)
    assert set(small.values[:, -1]) == {40, 56}
    train, validation = small.split("train"), small.split("validation")
    assert sorted([*train, *validation]) == list(range(40))
    assert len(validation) == 8
    assert len(small.split("test")) == 0
    with pytest.raises(DsoundsError, match=r"unknown part 'valid'.*validation"):
        small.split("valid")
    with pytest.raises(DsoundsError, match=r"no split 'held-out'.*melody, random"):
        small.split("train", by="held-out")
    with pytest.raises(DsoundsError, match="no clip 40"):
        small.audio([40])


def test_a_clip_by_its_number(small: Corpus) -> None:
    clip = small[17]
    assert clip.number == 17
    np.testing.assert_array_equal(clip.audio, small.audio([17])[0])
    assert tuple(clip.names) == tuple(clip.values) == tuple(clip.classes) == small.space.names
    assert list(clip.values.values()) == small.values[17].tolist()
    assert list(clip.classes.values()) == small.classes[17].tolist()
    assert clip.names["instrument"] == {40: "violin", 56: "trumpet"}[clip.values["instrument"]]
    np.testing.assert_array_equal(clip.notes, small.notes([17])[0])
    assert repr(clip).startswith("Clip(17: 4 s, 12 notes, tonic C, octave ")
    assert small[-1].number == small[np.int64(39)].number == 39
    for wrong in (40, -41):
        with pytest.raises(IndexError, match=f"no clip {wrong}: the corpus has 40"):
            small[wrong]


def test_a_slice_of_a_corpus_is_a_list_of_its_clips(small: Corpus) -> None:
    assert [clip.number for clip in small[:3]] == [0, 1, 2]
    assert [clip.number for clip in small[-1::-20]] == [39, 19]
    assert small[40:] == []
    for clip in small[3:9]:
        classes = small.classes[clip.number].tolist()
        assert list(clip.classes.values()) == classes
        assert list(clip.values.values()) == small.values[clip.number].tolist()
        assert list(clip.names.values()) == [
            factor.names[k] for factor, k in zip(small.space.factors, classes, strict=True)
        ]
    np.testing.assert_array_equal(small[5:7][1].audio, small.audio(6)[0])


def test_class_indices_are_given_by_factors(small: Corpus) -> None:
    with pytest.raises(DsoundsError, match=r"classes is \['octave'\]: class indices by factors"):
        small.counterfactual([0], classes=["octave"])  # type: ignore[arg-type]


def test_a_loop_over_a_corpus_goes_through_all_clips(
    small: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsounds.datasets.reading.corpus._READ_CLIPS", 7)
    clips = list(small)
    assert [clip.number for clip in clips] == list(range(40))
    np.testing.assert_array_equal([clip.audio for clip in clips], small.audio(EVERY))


def test_notes_of_a_clip_are_those_that_are_played() -> None:
    phrases = Sinusoids(seconds=4, pitches=(60,), notes=(4, 6), densities=(2,), count=2)
    for clip in open_corpus(phrases):
        assert len(clip.notes) == clip.values["notes"]


def test_counterfactual_without_a_change_is_the_clip_itself(small: Corpus) -> None:
    np.testing.assert_array_equal(small.counterfactual(EVERY), small.audio(EVERY))


def test_counterfactual_is_what_fluidsynth_plays_on_the_other_instrument(
    small: Corpus, font: Font
) -> None:
    clips = [0, 1, 2]
    column = small.space.column("instrument")
    sound = small.counterfactual(clips, classes={"instrument": 1 - small.classes[clips, column]})
    programs = np.where(small.values[clips, column] == 40, 56, 40)
    renderer = DirectRenderer(font, (Voice(40), Voice(56)), small.clip_samples)
    schedule = Schedule.plain(small.notes(clips), programs == 56)
    played = to_float(render_pcm(renderer, schedule)[0])
    assert np.abs(sound - played).max() <= 1.01 / 32_767
    assert (np.abs(sound - small.audio(clips)).max(axis=1) > 0.1).all()


def test_counterfactual_by_name(small: Corpus) -> None:
    violins = small.counterfactual(EVERY[:8], instrument="violin")
    for clip in range(8):
        was_violin = small.values[clip, -1] == 40
        assert np.array_equal(violins[clip], small.audio([clip])[0]) == was_violin
    low = small.counterfactual([0, 1], octave="4")
    assert np.array_equal(low[0], small.audio([0])[0]) == (small.values[0, 1] == 4)
    with pytest.raises(DsoundsError, match="instrument has no value 'flute'"):
        small.counterfactual([0], instrument="flute")
    with pytest.raises(DsoundsError, match="did you mean 'instrument'"):
        small.counterfactual([0], instruments="violin")


def test_ways_to_name_clips(small: Corpus) -> None:
    mask = small.values[:, -1] == 40
    np.testing.assert_array_equal(small.pcm(mask), small.pcm(np.flatnonzero(mask)))
    np.testing.assert_array_equal(small.pcm(slice(3, 9, 2)), small.pcm([3, 5, 7]))
    np.testing.assert_array_equal(small.pcm(3), small.pcm([3]))
    assert small.pcm([]).shape == (0, 64_000)


@pytest.mark.parametrize(
    ("indices", "says"),
    [
        ([-1, 3], "no clip -1"),
        ([1.7], "must be integers"),
        ([[1, 2], [3, 4]], r"one row, not of shape \(2, 2\)"),
        ([True, False], "must be integers"),
    ],
)
def test_bad_clip_numbers(small: Corpus, indices: list, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        small.audio(indices)


def test_counterfactual_per_clip(small: Corpus) -> None:
    both = small.counterfactual([0, 1], instrument=["violin", "trumpet"])
    np.testing.assert_array_equal(both[0], small.counterfactual([0], instrument="violin")[0])
    by_class = small.counterfactual([1], classes={"instrument": 1})
    np.testing.assert_array_equal(both[1], by_class[0])
    for octave, says in (([0, 1, 1], "one value, or 2"), ([0.7, 1], "integers"), (5, "class 5")):
        with pytest.raises(DsoundsError, match=says):
            small.counterfactual([0, 1], classes={"octave": octave})


def test_a_number_is_a_value_and_never_a_class(small: Corpus) -> None:
    """Classes 0 and 1 of octave are 4 and 5, those of instrument programs 40 and 56."""
    fifth = small.counterfactual([0, 1], octave="5")
    for octave in (5, 5.0, np.int64(5), np.array([5, 5]), [np.float64(5), "5"]):
        np.testing.assert_array_equal(small.counterfactual([0, 1], octave=octave), fifth)
    for classes in (1, [1, 1]):
        again = small.counterfactual([0, 1], classes={"octave": classes})
        np.testing.assert_array_equal(again, fifth)
    np.testing.assert_array_equal(
        small.counterfactual([0, 1], instrument=[56, "violin"]),
        small.counterfactual([0, 1], instrument=["trumpet", "violin"]),
    )


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"octave": 0}, "octave has no value 0: 4, 5 are allowed"),
        ({"octave": np.int64(1)}, "octave has no value 1: 4, 5 are allowed"),
        ({"octave": 4.5}, "octave has no value 4.5"),
        ({"octave": float("nan")}, "octave has no value nan"),
        ({"octave": True}, "octave has no value True"),
        ({"octave": None}, "octave has no value None"),
        ({"octave": [4, 5, 5]}, "one value, or 2, one per clip, is needed"),
        ({"instrument": 1}, r"instrument has no value 1: 'violin' \(40\), 'trumpet' \(56\) are"),
        ({"instrument": [40, 0]}, "instrument has no value 0"),
        ({"instrument": "40"}, "instrument has no value '40': violin, trumpet are allowed"),
        ({"octave": 4, "classes": {"octave": 0}}, "octave is given as a value and as a class"),
        ({"classes": {"octav": 0}}, "unknown factor 'octav', did you mean 'octave'"),
        ({"classes": {"octave": "5"}}, "classes of octave must be integers"),
    ],
)
def test_values_that_are_not_in_the_space(small: Corpus, values: dict, says: str) -> None:
    with pytest.raises(DsoundsError, match=says):
        small.counterfactual([0, 1], **values)


def test_the_value_0_of_a_factor_is_not_its_first_class() -> None:
    tones = open_corpus(replace(load_recipe("sinusoids-4"), count=4))
    flat = tones.counterfactual([0, 1], tilt=0)
    column = tones.space.column("tilt")
    assert tones.space.factors[column].values[0] != 0
    np.testing.assert_array_equal(flat, tones.counterfactual([0, 1], tilt="0"))
    first = tones.counterfactual([0, 1], classes={"tilt": 0})
    assert not np.array_equal(flat, first)


def test_labels_cannot_be_changed_by_accident(small: Corpus) -> None:
    with pytest.raises(ValueError, match="read-only"):
        small.classes[0, 0] = 1


def _first_sample_sum(corpus: Corpus) -> int:
    return int(np.abs(corpus.pcm([1, 20, 33]).astype(int)).sum())


@pytest.mark.process
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_corpus_goes_to_workers(small: Corpus, method: str) -> None:
    expected = _first_sample_sum(small)
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        assert pool.submit(_first_sample_sum, small).result() == expected
    assert _first_sample_sum(pickle.loads(pickle.dumps(small))) == expected


def test_midi_of_a_clip(small: Corpus) -> None:
    midi = small.midi(3).instruments[0]
    assert midi.program == small.values[3, -1]
    assert [note.pitch for note in midi.notes] == small.notes([3])[0]["pitch"].tolist()


@pytest.mark.parametrize(("padding", "mode"), [("zeros", "constant"), ("reflect", "reflect")])
def test_log_mel_equals_librosas(padding: Literal["zeros", "reflect"], mode: str) -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, 64_000).astype(np.float32)
    power = librosa.feature.melspectrogram(
        y=sound.astype(np.float64), sr=16_000, n_fft=2048, hop_length=256, n_mels=80, htk=True,
        norm=None, pad_mode=mode, power=2,
    )  # fmt: skip
    own = log_mel(sound, LogMelSettings(padding=padding))
    assert own.shape == (251, 80)
    np.testing.assert_allclose(own, np.log(power.T + 1e-5), atol=1e-4)


def test_padding_changes_the_frames_at_the_ends_alone(small: Corpus) -> None:
    """Half a window is four hops, so the first and the last four frames reach beyond the clip."""
    zeros, mirrored = (
        log_mel(small.audio([0, 1]), LogMelSettings(padding=one)) for one in ("zeros", "reflect")
    )
    differs = np.abs(zeros - mirrored).max(axis=2) > 1e-3
    assert not differs[:, 4:-4].any()
    assert differs[:, :4].all()
    keys = {LogMelSettings(padding=one).key for one in ("zeros", "reflect")}
    assert len(keys) == 2
    assert LogMelSettings().key == LogMelSettings(padding="zeros").key == "d97e12632813"


def test_a_clip_too_short_to_be_mirrored_is_refused() -> None:
    short, mirrored = np.zeros(1024, np.float32), LogMelSettings(padding="reflect")
    assert log_mel(short).shape == (5, 80)
    with pytest.raises(DsoundsError, match=r"mirrors 1024 samples at each end .*have 1024:"):
        log_mel(short, mirrored)


def test_silence_has_a_floor() -> None:
    np.testing.assert_allclose(log_mel(np.zeros(4096, np.float32)), np.log(1e-5), rtol=1e-6)


def test_back_to_sound(small: Corpus) -> None:
    sound = small.audio([0])[0]
    again = to_audio(log_mel(sound), iterations=32)
    assert again.shape == sound.shape
    assert np.mean((log_mel(again) - log_mel(sound)) ** 2) < 3
    assert not to_audio(np.full((251, 80), np.log(1e-5))).any()


def test_features_are_cached_under_their_settings(small_folder: Path, tmp_path: Path) -> None:
    corpus = open_corpus(Path(shutil.copytree(small_folder, tmp_path / "c")))
    first = features(corpus)
    assert first.shape == (40, 251, 80)
    np.testing.assert_array_equal(first[7], log_mel(corpus.audio([7])[0]))
    caches = list((corpus.folder / "features").iterdir())
    times = [path.stat().st_mtime_ns for path in caches]
    features(corpus)
    assert [path.stat().st_mtime_ns for path in caches] == times
    other = LogMelSettings(bands=40)
    assert features(corpus, other).shape == (40, 251, 40)
    assert other.key != LogMelSettings().key
    np.save(tmp_path / "short.npy", first[:8])
    np.save(tmp_path / "double.npy", np.zeros(first.shape))
    (tmp_path / "broken.npy").write_bytes(b"broken")
    for wrong in ("short", "double", "broken"):
        shutil.copy(tmp_path / f"{wrong}.npy", caches[0])
        again = features(corpus)
        assert (again.shape, again.dtype) == (first.shape, np.float32)
        np.testing.assert_array_equal(again[7], log_mel(corpus.audio([7])[0]))


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


@pytest.fixture
def own(small_folder: Path, tmp_path: Path) -> Path:
    """A copy of the small corpus that a test may damage."""
    return Path(shutil.copytree(small_folder, tmp_path / "own"))


def test_verify_fails_where_no_instrument_is_heard_as_labelled(
    small_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pitch, transposed, problems, confirmed in (
        (0.4, 0.6, 1, 0),
        (0.4, 0.5, 0, 0),
        (0.89, 0.1, 0, 0),
        (0.9, 0.1, 0, 9),
    ):
        one, other = (
            Heard(name, 6, part, 1, 1, 1, most)
            for name, part, most in (("violin", 0.1, 0.9), ("trumpet", pitch, transposed))
        )
        monkeypatch.setattr(verification, "hear", lambda *_, both=[one, other]: both)
        found = verify(small_folder, sample=12)
        says = ["the labelled pitches are not those that a pitch tracker hears"]
        assert found.problems == says[:problems]
        assert (len(found.by_notes), len(found.unmeasured)) == (confirmed, 9 - confirmed)


def test_verify_finds_nothing_in_a_sound_corpus(small_folder: Path) -> None:
    findings = verify(small_folder, sample=12)
    assert findings.problems == []
    assert findings.rerendered == 12
    assert {heard.instrument for heard in findings.heard} == {"violin", "trumpet"}
    assert findings.unmeasured == {}
    for heard in findings.heard:
        assert heard.octave == 1
        assert heard.pitch > 0.95
        assert heard.onset_precision > 0.9
        assert heard.onset_recall > 0.5


@pytest.mark.parametrize("part", [0.001, 0.3, 0.6, 0.999])
def test_a_flipped_byte_is_named(own: Path, part: float) -> None:
    path = own / "shard-00001.h5"
    flip(path, int(part * path.stat().st_size))
    assert any("shard-00001.h5 is damaged" in problem for problem in verify(own).problems)
    with pytest.raises(DsoundsError, match=r"shard-00001\.h5 is damaged"):
        open_corpus(own).audio([20])


def test_a_shard_cut_short_is_named(own: Path) -> None:
    path = own / "shard-00002.h5"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DsoundsError, match=r"shard-00002\.h5 has .* bytes instead of"):
        open_corpus(own)
    assert any("shard-00002.h5 is damaged" in problem for problem in verify(own).problems)


def test_a_missing_shard_is_named(own: Path) -> None:
    (own / "shard-00000.h5").unlink()
    assert any("shard-00000.h5 is missing" in problem for problem in verify(own).problems)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "damaged"),
        ('{"format": "other"}', "has format 'other'"),
        ('{"format": "dsounds corpus 3", "id": 3}', "damaged"),
        ("[]", "damaged"),
    ],
)
def test_a_manifest_that_is_none(own: Path, content: str, says: str) -> None:
    (own / "corpus.json").write_text(content)
    with pytest.raises(DsoundsError, match=says):
        open_corpus(own)


def _set(*path):
    """Sets manifest[path[0]][path[1]]... to the last of `path`."""

    def change(manifest: dict) -> None:
        place = manifest
        for key in path[:-2]:
            place = place[key]
        place[path[-2]] = path[-1]

    return change


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest["shards"][0].pop("file"),
        lambda manifest: manifest["recipe"].pop("octaves"),
        lambda manifest: manifest["shards"].reverse(),
        lambda manifest: manifest["shards"].insert(0, manifest["shards"][0]),
        _set("shards", None),
        _set("shards", [3]),
        _set("shards", 0, "stop", 15),
        _set("shards", 1, "file", "shard-00000.h5"),
        _set("shards", 1, "sha256", "abc"),
        _set("clips", 30),
        _set("clip_samples", 100),
        _set("recipe", "count", 30),
        _set("recipe", "seed", 4),
        _set("recipe", "octaves", [4, 6]),
        _set("factors", 1, "values", [4, 6]),
        _set("joint", {"factors": ["instrument", "octave"]}),
        _set("renderer", "direct"),
        _set("soundfont_sha256", "0" * 64),
        _set("id", "0" * 16),
    ],
)
def test_an_altered_manifest(own: Path, change) -> None:
    path = own / "corpus.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    checksum = manifest.pop("checksum")
    fitting = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    for text in (checksum, fitting):  # the latter as from a faulty writer
        path.write_text(json.dumps(manifest | {"checksum": text}))
        with pytest.raises(DsoundsError, match=r"corpus\.json is damaged"):
            open_corpus(own)


def _rewrite(folder: Path, name: str, change) -> None:
    """Change a data set of shard 0; make seal and corpus.json agree, as a faulty one would."""
    path = folder / "shard-00000.h5"
    there = checksum.check(path).trailer
    content = path.read_bytes()
    path.write_bytes(content[: content.rindex(b"dsounds seal")])
    with h5py.File(path, "r+") as file:
        array = file[name][()]
        change(array)
        file[name][...] = array
    sha256 = checksum.close(path, there.corpus_id, there.start, there.stop)
    found = manifests.read(folder)
    found.shards[0]["sha256"] = sha256
    manifests.write(folder, found)


def test_verify_notices_wrong_sound(own: Path) -> None:
    def louder(audio: np.ndarray) -> None:
        audio[3] //= 2

    _rewrite(own, "audio", louder)
    assert verify(own, sample=40).problems == ["clip 3 rendered again is another sound"]


def test_verify_notices_wrong_labels(own: Path) -> None:
    def other(classes: np.ndarray) -> None:
        classes[4, -1] ^= 1

    _rewrite(own, "classes", other)
    assert any("classes of 1 clips" in problem for problem in verify(own, sample=4).problems)


def test_verify_notices_wrong_splits(own: Path) -> None:
    def other(parts: np.ndarray) -> None:
        parts[4] ^= 1

    _rewrite(own, "splits/melody", other)
    assert verify(own, sample=0).problems == ["the split 'melody' is not the recipe's"]


def test_verify_notices_that_numpy_draws_other_clips(
    small_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "choice_sha256", lambda *_: "0" * 64)
    assert "draws other clips" in verify(small_folder, sample=0).problems[0]


def test_the_ear_notices_transposed_labels(small: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Corpus.notes

    def transposed(self: Corpus, indices) -> np.ndarray:
        notes = true(self, indices).copy()
        notes["pitch"] += 1
        return notes

    monkeypatch.setattr(Corpus, "notes", transposed)
    assert all(heard.pitch < 0.2 for heard in hear(small, EVERY[:8]))


def test_picture_of_clips(small: Corpus, tmp_path: Path) -> None:
    from matplotlib.image import imread

    draw_clips(small, EVERY[:3], tmp_path / "clips.png")
    picture = imread(tmp_path / "clips.png")
    assert picture.shape[1] > 1000
    assert picture[..., :3].std() > 0.1
