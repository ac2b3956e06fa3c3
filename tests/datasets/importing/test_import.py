"""Import: recordings that the tests make, as a table says, as URMP and as NSynth; faults."""

import csv
import json
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import h5py
import mlcroissant
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from dsounds.cli import main
from dsounds.datasets import Corpus, DMelodies, generate, open_corpus
from dsounds.datasets.checking.summary import summary, verdict
from dsounds.datasets.checking.verify import verify
from dsounds.datasets.export import export
from dsounds.datasets.factors.splits import PARTS
from dsounds.datasets.importing import (
    ImportSettings,
    Recording,
    import_recordings,
    importer,
    keep,
    read_labels,
    recorded_shards,
)
from dsounds.datasets.importing.labels import factor_of
from dsounds.datasets.importing.layouts import URMP_INSTRUMENTS, nsynth, urmp
from dsounds.datasets.importing.recordings_csv import wrong_labels
from dsounds.datasets.importing.segment_plan import segments
from dsounds.datasets.importing.segments import Measured, pyin_confidence
from dsounds.errors import DsoundsError

EASY = ImportSettings(seconds=1.0, confidence=0, validation=0.5)
TONES = {  # file: (label, hz, amplitude, rate_hz, channels, seconds)
    "low.wav": ("dull", 200, 0.4, 16_000, 1, 2.6),
    "high.flac": ("bright", 800, 0.2, 44_100, 2, 2.2),
    "sub/mid.wav": ("dull", 400, 0.1, 48_000, 1, 3.0),
    "sub/top.wav": ("bright", 1600, 0.8, 22_050, 2, 1.0),
    "short.wav": ("dull", 300, 0.5, 16_000, 1, 0.9),
}


def tone(
    hz: float, amplitude: float, rate_hz: int, seconds: float, channels: int = 1
) -> np.ndarray:
    """A tone (samples, channels) whose ends are faded, so that resampling does not overshoot."""
    time_s = np.arange(round(rate_hz * seconds)) / rate_hz
    ends = np.minimum(time_s, time_s[::-1]) / 0.05
    sound = amplitude * np.cos(2 * np.pi * hz * time_s) * np.minimum(ends, 1)
    return np.tile(sound[:, None], (1, channels))


def frequency(sound: np.ndarray) -> float:
    """The strongest frequency of a second of sound at 16 kHz, in Hz."""
    return float(np.abs(np.fft.rfft(sound * np.hanning(len(sound)))).argmax())


def write_table(path: Path, rows: list[dict[str, object]]) -> Path:
    with open(path, "w", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tones of several rates, lengths and channels, with labels.csv. Not to be changed."""
    place = tmp_path_factory.mktemp("recordings")
    (place / "sub").mkdir()
    rows: list[dict[str, object]] = []
    for file, (label, hz, amplitude, rate_hz, channels, seconds) in TONES.items():
        soundfile.write(place / file, tone(hz, amplitude, rate_hz, seconds, channels), rate_hz)
        rows.append({"file": file, "timbre": label, "hz": hz, "group": label})
    write_table(place / "labels.csv", rows)
    return place


@pytest.fixture(scope="module")
def recordings(folder: Path) -> list[Recording]:
    return read_labels(folder, folder / "labels.csv")


@pytest.fixture(scope="module")
def imported(recordings: list[Recording], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those as a corpus of 8 clips in shards of 3. Not to be changed."""
    out = tmp_path_factory.mktemp("imported") / "tones"
    done = import_recordings(recordings, out, EASY, shard_size=3)
    assert (done.clips, done.recordings, done.short, done.dropped) == (8, 5, 1, 0)
    return out


@pytest.fixture(scope="module")
def corpus(imported: Path) -> Corpus:
    return open_corpus(imported)


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """Files cannot grow beyond `size` bytes: stands for a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# --- what becomes of the sound


def test_clips_are_the_tones_at_16_khz(corpus: Corpus) -> None:
    labels = corpus.values[:, corpus.space.column("hz")]
    assert [frequency(sound) for sound in corpus.audio(np.arange(8))] == labels.tolist()
    assert labels.tolist() == [200, 200, 800, 800, 400, 400, 400, 1600]
    assert corpus.clip_samples == 16_000
    assert len(corpus.manifest.shards) == 3


def test_each_clip_is_normalised(corpus: Corpus) -> None:
    assert (np.abs(corpus.pcm(np.arange(8))).max(axis=1) == 32_767).all()
    amplitude = [TONES[file][2] for file in ("low.wav", "high.flac", "sub/mid.wav", "sub/top.wav")]
    np.testing.assert_allclose(corpus.peak, np.repeat(amplitude, [2, 2, 3, 1]), rtol=0.02)


@pytest.mark.parametrize(
    ("normalise", "loudest"),
    [("group", {"dull": 0.5, "bright": 0.8}), ("corpus", {"dull": 0.8, "bright": 0.8})],
)
def test_the_loudest_recording_of_a_group_is_full_scale(
    normalise: str, loudest: dict[str, float], recordings: list[Recording], tmp_path: Path
) -> None:
    # short.wav gives no clip, but is the loudest of the dull ones
    settings = ImportSettings(seconds=1.0, confidence=0, normalise=normalise)  # type: ignore[arg-type]
    import_recordings(recordings, tmp_path / "c", settings)
    made = open_corpus(tmp_path / "c")
    names = made.space.factor("timbre").names
    found = np.abs(made.audio(np.arange(8))).max(axis=1)
    for clip, label in enumerate(made.classes[:, made.space.column("timbre")]):
        assert found[clip] == pytest.approx(made.peak[clip] / loudest[names[label]], rel=0.01)


def test_clips_may_overlap(recordings: list[Recording], tmp_path: Path) -> None:
    low = [one for one in recordings if one.file == "low.wav"]
    settings = ImportSettings(seconds=1.0, hop_s=0.25, confidence=0, normalise="corpus")
    assert import_recordings(low, tmp_path / "c", settings).clips == 7  # 0 to 1.5 s
    made = open_corpus(tmp_path / "c").pcm(np.arange(7))
    np.testing.assert_array_equal(made[0, 4000:], made[1, :-4000])


def test_noise_and_silence_are_dropped_and_counted(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=16_000) * 0.1
    parts = [tone(330, 0.5, 16_000, 1.0)[:, 0], noise, np.zeros(16_000), noise[:8000]]
    soundfile.write(tmp_path / "a.wav", np.concatenate(parts), 16_000)
    soundfile.write(tmp_path / "b.wav", tone(500, 0.5, 16_000, 1.0), 16_000)
    one, other = (Recording(tmp_path / f, f, {"x": f}) for f in ("a.wav", "b.wav"))
    done = import_recordings([one, other], tmp_path / "c", ImportSettings(seconds=1.0))
    assert (done.clips, done.dropped, done.silent) == (2, 1, {"a.wav": 1})
    with h5py.File(tmp_path / "c" / "shard-00000.h5") as file:
        assert (file["confidence"][()] > 0.95).all()
    with pytest.raises(DsoundsError, match=r"no clip is left.* 4 whole clips .* confidence of 1"):
        import_recordings([one, other], tmp_path / "d", ImportSettings(seconds=1.0, confidence=1.0))
    assert not (tmp_path / "d").exists()


def loud(sound: np.ndarray) -> float:
    """A confidence of the test's own, by name, so that workers find it."""
    return float(np.abs(sound).max() > 0.3)


def test_another_confidence_may_be_given(recordings: list[Recording], tmp_path: Path) -> None:
    settings = ImportSettings(seconds=1.0)
    done = import_recordings(recordings, tmp_path / "c", settings, confidence=loud)
    assert (done.clips, done.dropped) == (3, 5)
    assert open_corpus(tmp_path / "c").manifest.recipe["tracker"] == "loud"


def test_pyin_knows_tones_from_noise() -> None:
    assert pyin_confidence(tone(440, 0.5, 16_000, 1.0)[:, 0].astype(np.float32)) > 0.95
    assert pyin_confidence(np.random.default_rng(0).normal(size=16_000).astype(np.float32)) < 0.1
    assert pyin_confidence(np.zeros(16_000, np.float32)) == 0


# --- labels and parts


def test_labels_are_those_of_the_table(corpus: Corpus) -> None:
    assert corpus.space.names == ("timbre", "hz")
    assert corpus.space.factor("timbre").names == ("bright", "dull")
    assert corpus.space.factor("hz").values == (200, 400, 800, 1600)  # of the clips that are there
    assert {factor.kind for factor in corpus.space.factors} == {"static"}
    np.testing.assert_array_equal(corpus.index, corpus.space.index(corpus.classes))
    np.testing.assert_array_equal(corpus.values, corpus.space.values(corpus.classes))


def test_json_says_the_same_as_csv(folder: Path, recordings: list[Recording]) -> None:
    with open(folder / "labels.csv") as file:
        rows = list(csv.DictReader(file))
    by_file = {row["file"]: {k: v for k, v in row.items() if k != "file"} for row in rows}
    for name, content in (("list.json", rows), ("object.json", by_file)):
        (folder / name).write_text(json.dumps(content))
        assert read_labels(folder, folder / name) == recordings


def measured_one(pieces: int, sound: str) -> Measured:
    """A recording of so many pieces, of which nothing is dropped."""
    every = (1.0,) * pieces
    sounds = tuple(f"{sound}, {k}" for k in range(pieces))
    return Measured("0" * 64, 16_000 * pieces, 1.0, every, every, sounds)


@given(
    units=st.lists(st.integers(0, 9), min_size=1, max_size=40),
    shares=st.sampled_from([(0.2, 0.0), (0.3, 0.3), (0.0, 0.5), (0.0, 0.0)]),
    seed=st.integers(0, 5),
)
def test_no_unit_is_in_two_parts(units: list[int], shares: tuple[float, float], seed: int) -> None:
    taken = [
        Recording(Path(f"{n}.wav"), f"{n}.wav", {"x": str(n % 3)}, unit=str(unit))
        for n, unit in enumerate(units)
    ]
    measured = [measured_one(1 + n % 3, f"sound {n}") for n in range(len(units))]
    settings = ImportSettings(1.0, validation=shares[0], test=shares[1], seed=seed)
    made = segments(taken, measured, settings)
    assert len(made) == sum(1 + n % 3 for n in range(len(units)))
    sides: dict[str, set[str]] = {}
    for one in made:
        sides.setdefault(one.recording.unit, set()).add(one.part)
    assert all(len(parts) == 1 for parts in sides.values())
    assert {one.part for one in made} <= set(PARTS)


def test_labels_are_dealt_evenly_to_the_parts() -> None:
    taken = [Recording(Path(f"{n}"), f"{n}", {"x": "ab"[n >= 50]}, unit=str(n)) for n in range(100)]
    made = segments(taken, [measured_one(1, f"sound {n}") for n in range(100)], ImportSettings(1.0))
    held = [one.recording.labels["x"] for one in made if one.part == "validation"]
    assert (held.count("a"), held.count("b")) == (10, 10)
    named = [replace(one, labels={"name": one.file, **one.labels}) for one in taken]
    again = segments(
        named, [measured_one(1, f"sound {n}") for n in range(100)], ImportSettings(1.0)
    )
    assert [one.part for one in again] == [one.part for one in made]


def test_the_table_may_give_the_split(folder: Path, tmp_path: Path) -> None:
    parts = dict(zip(TONES, ("train", "test", "validation", "train", "train"), strict=True))
    rows: list[dict[str, object]] = [
        {"file": file, "hz": values[1], "split": parts[file]} for file, values in TONES.items()
    ]
    table = write_table(tmp_path / "labels.csv", rows)
    import_recordings(read_labels(folder, table), tmp_path / "c", EASY)
    made = open_corpus(tmp_path / "c")
    assert made.splits == ("given",)
    for part in PARTS:
        hz = {TONES[file][1] for file in TONES if parts[file] == part} - {300}
        assert set(made.values[made.split(part), 0]) == hz


@given(st.sets(st.floats(-1e9, 1e9).map(lambda x: x + 0.0), min_size=1, max_size=9))
def test_numbers_stay_numbers(numbers: set[float]) -> None:
    factor = factor_of("x", {repr(number) for number in numbers})
    assert factor.values == tuple(sorted(numbers))
    assert [float(name) for name in factor.names] == list(factor.values)


@given(st.sets(st.text("abcXYZ 0.#-_", min_size=1, max_size=5), max_size=9))
def test_other_labels_are_numbered(texts: set[str]) -> None:
    factor = factor_of("x", texts | {"a word"})
    assert factor.names == tuple(sorted(texts | {"a word"}))
    assert factor.values == tuple(range(len(factor)))


def test_columns_and_recordings_are_chosen(recordings: list[Recording]) -> None:
    some = keep(recordings, ["hz"], ["timbre=bright", "hz=800,200"])
    assert [(one.file, one.labels) for one in some] == [("high.flac", {"hz": "800"})]
    for factors, only, message in (
        (["hzz"], [], "no column 'hzz', did you mean 'hz'"),
        ([], ["timbre"], "NAME=VALUE"),
        ([], ["timbre=brigth"], "no recording has timbre=brigth, did you mean 'bright'"),
        ([], ["timbre=bright", "hz=200"], "no recording is left"),
    ):
        with pytest.raises(DsoundsError, match=message):
            keep(recordings, factors, only)


# --- the corpus as any other


def test_what_needs_a_recipe_says_that_there_is_none(corpus: Corpus) -> None:
    assert corpus.notes([0, 1]).shape == (2, 0)
    assert corpus.notes([0]).dtype.names == ("onset_sample", "offset_sample", "pitch", "velocity")
    for ask in (
        lambda: corpus.frames([0]),
        lambda: corpus.midi(0),
        lambda: corpus.counterfactual([0], timbre="dull"),
        lambda: corpus.render(corpus.values[:1]),
    ):
        with pytest.raises(DsoundsError, match=r"are recordings .* cannot be rendered again"):
            ask()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_same_recordings_give_the_same_corpus(
    workers: int, imported: Path, recordings: list[Recording], tmp_path: Path
) -> None:
    import_recordings(recordings, tmp_path / "c", EASY, shard_size=3, workers=workers)
    names = sorted(path.name for path in (tmp_path / "c").iterdir())
    assert names == [
        *("clips.csv", "corpus.json", "croissant.json", "datasheet.md", "recordings.csv"),
        *(f"shard-0000{k}.h5" for k in range(3)),
    ]
    for name in names:
        assert (tmp_path / "c" / name).read_bytes() == (imported / name).read_bytes(), name


def test_identity_follows_from_settings_recordings_and_labels(
    corpus: Corpus, recordings: list[Recording], folder: Path, tmp_path: Path
) -> None:
    other = [*recordings[:-1], Recording(recordings[-1].path, "x", recordings[-1].labels)]
    assert import_id(other, EASY, tmp_path / "a") == corpus.id  # it gave no clip
    relabelled = [Recording(one.path, one.file, {"hz": one.labels["hz"]}) for one in recordings]
    sound = soundfile.read(folder / "low.wav")[0]
    soundfile.write(tmp_path / "low.wav", sound * 0.5, 16_000)
    quieter = [Recording(tmp_path / "low.wav", "low.wav", recordings[0].labels), *recordings[1:]]
    ids = {
        corpus.id,
        import_id(relabelled, EASY, tmp_path / "b"),
        import_id(quieter, EASY, tmp_path / "c"),
        import_id(recordings, replace(EASY, seed=1), tmp_path / "d"),
        import_id(recordings, replace(EASY, seconds=0.5), tmp_path / "e"),
    }
    assert len(ids) == 5


def import_id(recordings: list[Recording], settings: ImportSettings, out: Path) -> str:
    import_recordings(recordings, out, settings)
    return open_corpus(out).id


def test_summary_and_verify(imported: Path, corpus: Corpus) -> None:
    assert "level per clip" in summary(corpus)
    found = verify(imported)
    assert found.problems == []
    assert "only files and labels can be checked" in verdict(found)


def test_verify_finds_changed_labels(recordings: list[Recording], tmp_path: Path) -> None:
    import_recordings(recordings, tmp_path / "c", EASY)
    table = tmp_path / "c" / "recordings.csv"
    text = table.read_text()
    table.write_text(text.replace("dull", "dusk"))
    assert "recordings.csv is damaged" in verify(tmp_path / "c").problems[0]
    table.unlink()
    assert "recordings.csv cannot be read" in verify(tmp_path / "c").problems[0]
    table.write_text(text)
    assert verify(tmp_path / "c").problems == []
    manifest = tmp_path / "c" / "corpus.json"
    manifest.write_text(manifest.read_text().replace("dull", "dusk"))
    with pytest.raises(DsoundsError, match="is damaged"):
        open_corpus(tmp_path / "c")


def test_labels_in_the_shards_are_compared_with_the_table(imported: Path) -> None:
    own = open_corpus(imported)
    classes = own.classes.copy()
    classes[5, 0] ^= 1
    own.__dict__["classes"] = classes  # as if the shard said so
    assert [text[:21] for text in wrong_labels(own)] == ["classes of 1 clips is"]
    assert wrong_labels(open_corpus(imported)) == []


def test_it_is_described(imported: Path, corpus: Corpus) -> None:
    described = mlcroissant.Dataset(imported / "croissant.json")
    assert not described.metadata.ctx.issues.errors
    assert described.metadata.license is None  # whose recordings they are is not known
    parts = {row["parts/part"]: row["parts/clips"] for row in described.records("parts")}
    assert parts == {part: len(corpus.split(part)) for part in PARTS}
    text = (imported / "datasheet.md").read_text()
    assert "Channels were averaged, resampled to 16,000 Hz (soxr_hq" in text
    assert "no clip was dropped for its pitch" in text


def test_it_is_exported_as_any_other_but_not_as_midi(corpus: Corpus, tmp_path: Path) -> None:
    for format in ("wav", "msd", "npz", "hdf5"):
        export(corpus, format, tmp_path / format)  # type: ignore[arg-type]
    with h5py.File(tmp_path / "hdf5") as joined, np.load(tmp_path / "npz") as archive:
        np.testing.assert_array_equal(joined["audio"][:], archive["audio"])
        assert joined["notes"].shape == (8, 0)
    with h5py.File(tmp_path / "msd") as file:
        assert {about["type"] for about in json.loads(file.attrs["classes"]).values()} == {"static"}
    with pytest.raises(DsoundsError, match="are recordings"):
        export(corpus, "midi", tmp_path / "midi")
    assert not (tmp_path / "midi").exists()


def test_inspect_train_and_evaluate(imported: Path, tmp_path: Path, capsys) -> None:
    assert main(["inspect", str(imported), "--png", str(tmp_path / "a.png")]) == 0
    assert (tmp_path / "a.png").stat().st_size > 1000
    run = str(tmp_path / "run")
    short = ["--epochs", "2", "--batch-size", "4", "--device", "cpu"]
    assert main(["train", "dsae", "--corpus", str(imported), "--out", run, *short]) == 0
    assert main(["evaluate", run]) == 0
    assert "no true counterfactuals were given" in capsys.readouterr().out


# --- known layouts


def test_urmp(tmp_path: Path) -> None:
    for piece, codes in (
        ("01_Jupiter", ("vn", "vc")),
        ("02_Sonata", ("vn", "vn")),
        ("03_D", ("tpt",)),
    ):
        place = tmp_path / f"{piece}_{'_'.join(codes)}"
        place.mkdir()
        for number, code in enumerate(codes, 1):
            sound = tone(220 * number, 0.3, 48_000, 1.1)
            soundfile.write(place / f"AuSep_{number}_{code}_{piece}.wav", sound, 48_000)
            soundfile.write(place / f"AuMix_{piece}_{'_'.join(codes)}.wav", sound, 48_000)
    found = urmp(tmp_path)
    assert [one.labels["instrument"] for one in found] == [
        *("violin", "cello", "violin", "violin", "trumpet")
    ]
    assert [one.unit for one in found] == ["Jupiter", "Jupiter", "Sonata", "Sonata", "D"]
    out = tmp_path / "c"
    arguments = ["import", tmp_path, "--preset", "urmp", "--out", out, "--seconds", "1"]
    chosen = ["--only", "instrument=violin,trumpet", "--validation", "0.4"]
    assert main([*map(str, arguments), *chosen]) == 0
    made = open_corpus(out)
    assert len(made) == 4
    assert made.space.factor("instrument").names == ("trumpet", "violin")
    assert made.manifest.recipe["normalise"] == "group"
    assert set(URMP_INSTRUMENTS) == {
        *("vn", "va", "vc", "db", "fl", "ob", "cl", "sax", "bn", "tpt", "hn", "tbn", "tba")
    }
    (tmp_path / "AuSep_1_xy_09_Piece.wav").touch()
    with pytest.raises(DsoundsError, match="not named as URMP's"):
        urmp(tmp_path)
    with pytest.raises(DsoundsError, match="no track of URMP"):
        urmp(out)


def test_nsynth(tmp_path: Path) -> None:
    notes = {
        "nsynth-train": [("bass_synthetic_000", 40, 100), ("organ_electronic_001", 60, 25)],
        "nsynth-valid": [("bass_synthetic_009", 52, 127)],
    }
    for part, rows in notes.items():
        place = tmp_path / part
        (place / "audio").mkdir(parents=True)
        table = {}
        for instrument, pitch, velocity in rows:
            family, source, _ = instrument.split("_")
            name = f"{instrument}-{pitch:03d}-{velocity:03d}"
            hz = 440 * 2 ** ((pitch - 69) / 12)
            soundfile.write(place / "audio" / f"{name}.wav", tone(hz, 0.5, 16_000, 4.0), 16_000)
            table[name] = {
                "note_str": name,
                "instrument_str": instrument,
                "pitch": pitch,
                "velocity": velocity,
                "sample_rate": 16_000,
                "qualities": [0] * 10,
                "instrument_family_str": family,
                "instrument_source_str": source,
            }
        (place / "examples.json").write_text(json.dumps(table))
    arguments = ["import", tmp_path, "--preset", "nsynth", "--out", tmp_path / "c"]
    assert main([*map(str, arguments)]) == 0
    made = open_corpus(tmp_path / "c")
    assert made.space.names == ("pitch", "velocity", "instrument_family", "instrument_source")
    assert made.values[:, 0].tolist() == [40, 60, 52]
    assert made.splits == ("given",)
    assert made.split("validation").tolist() == [2]
    alone = nsynth(tmp_path / "nsynth-train")
    assert [one.unit for one in alone] == ["bass_synthetic_000", "organ_electronic_001"]
    assert {one.part for one in alone} == {""}
    (tmp_path / "nsynth-valid" / "examples.json").write_text('{"a": {"pitch": 3}}')
    with pytest.raises(DsoundsError, match="not as NSynth's: KeyError"):
        nsynth(tmp_path)
    (tmp_path / "nsynth-train" / "examples.json").write_text("{}")
    assert main([*map(str, arguments[:-1]), str(tmp_path / "d")]) == 2
    with pytest.raises(DsoundsError, match=r"no examples\.json"):
        nsynth(tmp_path / "c")


def test_a_generated_corpus_comes_back_from_its_own_wav_files(tmp_path: Path) -> None:
    source = open_corpus(DMelodies(count=6, octaves=(4, 5), seed=1))
    export(source, "wav", tmp_path / "wav")
    rows = []
    for part in ("train", "validation"):
        with open(tmp_path / "wav" / part / "metadata.csv") as file:
            rows += [row | {"file": f"{part}/{row['file_name']}"} for row in csv.DictReader(file)]
    table = write_table(tmp_path / "labels.csv", [
        {"file": row["file"], "octave": row["octave"], "split": row["split_melody"]} for row in rows
    ])  # fmt: skip
    settings = ImportSettings(confidence=0)
    import_recordings(read_labels(tmp_path / "wav", table), tmp_path / "c", settings)
    made = open_corpus(tmp_path / "c")
    clips = [int(row["clip"]) for row in rows]
    assert (np.abs(made.pcm(np.arange(6)).astype(int) - source.pcm(clips)) <= 1).all()
    assert made.values[:, 0].tolist() == source.labels(clips)[1][:, 1].tolist()


# --- faults


def broken(folder: Path, tmp_path: Path, kind: str) -> list[object]:
    """Arguments of an import that cannot be."""
    table, out = folder / "labels.csv", tmp_path / "c"
    header, *rows = table.read_text().splitlines()
    wrong = tmp_path / "labels.csv"
    texts = {
        "no labels": None,
        "no such file": "\n".join([header, rows[0].replace("low", "lost")]),
        "no header": "\n".join(rows),
        "ragged": "\n".join([header, rows[0] + ",more"]),
        "empty label": "\n".join([header, rows[0].replace("dull", "", 1)]),
        "twice": "\n".join([header, rows[0], rows[0]]),
        "bad split": "file,x,split\nlow.wav,1,trian",
        "half a split": None,
        "only files": "file\nlow.wav",
        "one number in two ways": "file,x\nlow.wav,1\nhigh.flac,1.0",
        "no rows": header,
        "quotes": 'file,x\n"low.wav,1',
        "no group": "file,x\nlow.wav,1",
    }
    if texts.get(kind) is not None:
        wrong.write_text(str(texts[kind]))
    if kind == "damaged":
        (tmp_path / "a.wav").write_bytes((folder / "low.wav").read_bytes()[:30])
        wrong.write_text("file,x\na.wav,1")
        return [tmp_path, "--labels", wrong, "--out", out]
    if kind == "not finite":
        sound = np.full((16_000, 1), np.nan, np.float32)
        soundfile.write(tmp_path / "a.wav", sound, 16_000, subtype="FLOAT")
        wrong.write_text("file,x\na.wav,1")
        return [tmp_path, "--labels", wrong, "--out", out]
    if kind == "json":
        wrong = tmp_path / "labels.json"
        wrong.write_text('[{"file": "low.wav", "x": [1]}]')
    if kind == "json of another form":
        wrong = tmp_path / "labels.json"
        wrong.write_text('{"low.wav": 3, "high.wav": {"x": 1}}')
    more = {"no group": ["--normalise", "group"], "column": ["--factors", "pitch"]}.get(kind, [])
    return [folder, "--labels", table if kind == "column" else wrong, "--out", out, *more]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("no labels", "cannot be read: No such file"),
        ("no such file", r"1 of 1 recordings are missing, first .*lost\.wav"),
        ("no header", "the names of the columns are needed"),
        ("ragged", "line 2 has 5 cells, the first row has 4"),
        ("empty label", "line 2: timbre is empty"),
        ("twice", r"low\.wav comes twice"),
        ("bad split", "split is 'trian', did you mean 'train'"),
        ("only files", "at least one factor is needed"),
        ("one number in two ways", "x has '1' and '1.0'"),
        ("no rows", "have no row"),
        ("quotes", "no table of labels"),
        ("no group", "a column 'group' is needed"),
        ("column", "no column 'pitch'"),
        ("damaged", r"a\.wav cannot be read as sound"),
        ("not finite", "samples that are no numbers"),
        ("json", "is no label"),
        ("json of another form", "an object of objects by file, is needed"),
    ],
)
def test_faults_are_one_line_and_leave_nothing(
    kind: str, message: str, folder: Path, tmp_path: Path, capsys
) -> None:
    arguments = broken(folder, tmp_path, kind)
    before = sorted(tmp_path.rglob("*"))
    assert main(["import", *map(str, arguments), "--confidence", "0", "--seconds", "1"]) == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("dsounds:")]
    assert len(said) == 1
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(said[0])
    assert sorted(tmp_path.rglob("*")) == before


def test_a_target_that_exists_is_left_alone(
    imported: Path, recordings: list[Recording], tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in imported.glob("*.*")}
    with pytest.raises(DsoundsError, match="exists already"):
        import_recordings(recordings, imported, EASY)
    with pytest.raises(DsoundsError, match="another corpus"):
        generate(DMelodies(count=3), imported, progress=False)
    assert {path.name: path.read_bytes() for path in imported.glob("*.*")} == before


def test_a_recording_that_changes_meanwhile(
    recordings: list[Recording], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = recorded_shards.load
    monkeypatch.setattr(recorded_shards, "load", lambda path: real(path)[:-8_000])
    with pytest.raises(DsoundsError, match="has changed while it was imported"):
        import_recordings(recordings, tmp_path / "c", EASY)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_worker_is_told(
    recordings: list[Recording], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pool(ThreadPoolExecutor):
        def __init__(self, workers: int, **_: object) -> None:
            super().__init__(workers)

        def map(self, *_: object, **__: object) -> Iterator[Measured]:
            raise BrokenProcessPool

    monkeypatch.setattr(importer, "ProcessPoolExecutor", Pool)
    with pytest.raises(DsoundsError, match="a worker was killed"):
        import_recordings(recordings, tmp_path / "c", EASY, workers=2)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(recordings: list[Recording], tmp_path: Path) -> None:
    with file_limit(60_000), pytest.raises(DsoundsError, match=r"cannot write .*File too large"):
        import_recordings(recordings, tmp_path / "c", EASY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"seconds": 0}, "seconds is 0"),
        ({"hop_s": 0}, "hop_s is 0"),
        ({"normalise": "clips"}, "did you mean 'clip'"),
        ({"confidence": 1.5}, "1.0 or less is needed"),
        ({"validation": 0.7, "test": 0.5}, "validation is 0.7 and test 0.5"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_settings_that_make_no_corpus(
    settings: dict, message: str, recordings: list[Recording], tmp_path: Path
) -> None:
    with pytest.raises(DsoundsError, match=message):
        import_recordings(recordings, tmp_path / "c", ImportSettings(**settings))


def test_labels_or_a_preset(folder: Path, tmp_path: Path, capsys) -> None:
    assert main(["import", str(folder), "--out", str(tmp_path / "c")]) == 2
    assert "give --labels TABLE, or --preset" in capsys.readouterr().err
