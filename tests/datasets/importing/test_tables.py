"""Tables as others write them: names in another form, other columns, our own exports."""

import csv
import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dsounds.cli import main
from dsounds.datasets import DMelodies, open_corpus
from dsounds.datasets.export import export
from dsounds.datasets.importing import Recording, keep, read_labels
from dsounds.datasets.importing.file_names import FileNames
from dsounds.datasets.importing.labels import check, factor_of
from dsounds.datasets.importing.layouts import PRESETS, audio_folder
from dsounds.datasets.recipes.melodies import dmelodies_index
from dsounds.errors import DsoundsError

NAMES = {form: unicodedata.normalize(form, "Übung/Gitarrengrüße é.wav") for form in ("NFC", "NFD")}


def touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(("there", "told"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_names_in_another_form_of_unicode_match(there: str, told: str, tmp_path: Path) -> None:
    touch(tmp_path / NAMES[there])
    (tmp_path / "labels.csv").write_text(f"file,x\n{NAMES[told]},1\n", encoding="utf-8")
    (one,) = read_labels(tmp_path, tmp_path / "labels.csv")
    check([one])
    assert one.path.samefile(tmp_path / NAMES[there])
    assert one.file == NAMES[told]  # as the table says, so that the corpus keeps its id


def test_the_form_that_is_written_comes_first(tmp_path: Path) -> None:
    for name in NAMES.values():
        touch(tmp_path / name)
    (tmp_path / "labels.csv").write_text(
        "file,x\n" + "".join(f"{name},1\n" for name in NAMES.values()), encoding="utf-8"
    )
    found = read_labels(tmp_path, tmp_path / "labels.csv")
    assert [one.path for one in found] == [tmp_path / name for name in NAMES.values()]


def test_a_third_form_of_two_files_names_neither(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        touch(tmp_path / unicodedata.normalize(form, "\u00fc\u00e9.wav"))
    mixed = "u\u0308\u00e9.wav"  # looks as both, and could mean either
    assert not FileNames(tmp_path).path(mixed).exists()


def test_labels_in_two_forms_of_unicode() -> None:
    """--only finds a label in any form; a factor with one label in both is refused."""
    label = {form: unicodedata.normalize(form, "Flöte") for form in ("NFC", "NFD")}
    one = Recording(Path("a"), "a", {"x": label["NFD"]})
    assert keep([one], ["x"], [f"x={label['NFC']}"]) == [one]
    with pytest.raises(DsoundsError, match="in two forms of Unicode, which look the same"):
        factor_of("x", label.values())


def test_backslashes_part_folders(tmp_path: Path) -> None:
    touch(tmp_path / "sub/a.wav")
    (tmp_path / "labels.csv").write_text("file,x\nsub\\a.wav,1\n")
    check(read_labels(tmp_path, tmp_path / "labels.csv"))


@pytest.mark.parametrize("name", ["A.WAV", "a.flac", "b a.wav"])
def test_a_missing_file_of_nearly_that_name(name: str, tmp_path: Path) -> None:
    touch(tmp_path / name)
    (tmp_path / "labels.csv").write_text("file,x\na.wav,1\n")
    with pytest.raises(DsoundsError, match=f"a.wav, did you mean '{name}'"):
        check(read_labels(tmp_path, tmp_path / "labels.csv"))


@pytest.mark.parametrize(
    "text",
    [
        "file,x\na.wav,1\n",
        "file_name,x\na.wav,1\n",
        "file;x\na.wav;1\n",
        "x\tfile_name\n1\ta.wav\n",
        '\ufeff"file";"x"\r\n"a.wav";"1"\r\n',
    ],
)
def test_columns_and_separators(text: str, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(text, encoding="utf-8", newline="")
    (one,) = read_labels(tmp_path, tmp_path / "labels.csv")
    assert (one.file, one.labels) == ("a.wav", {"x": "1"})


def test_file_name_is_a_factor_beside_file(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,file_name\na.wav,song\n")
    assert read_labels(tmp_path, tmp_path / "labels.csv")[0].labels == {"file_name": "song"}


def test_json_lines(tmp_path: Path) -> None:
    rows = [{"file_name": "a.wav", "x": 1}, {"file_name": "b.wav", "x": 2}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    found = read_labels(tmp_path, tmp_path / "a.jsonl")
    assert [(one.file, one.labels["x"]) for one in found] == [("a.wav", "1"), ("b.wav", "2")]


def test_a_table_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes("file,x\na.wav,grün\n".encode("utf-16"))
    with pytest.raises(DsoundsError, match="no text in UTF-8: save the table in that encoding"):
        read_labels(tmp_path, tmp_path / "labels.csv")


# --- our own exports


def test_an_export_comes_back(tmp_path: Path, capsys) -> None:
    """By the preset: the same factors, the same parts, the same sound to a step."""
    source = open_corpus(DMelodies(count=6, octaves=(4, 5), seed=1))
    export(source, "flac", tmp_path / "flac")
    out = tmp_path / "c"
    assert main(["import", str(tmp_path / "flac"), "--out", str(out)]) == 2
    assert "looks like an audiofolder" in capsys.readouterr().err
    assert (
        main(["import", str(tmp_path / "flac"), "--preset", "audiofolder", "--out", str(out)]) == 0
    )
    made = open_corpus(out)
    assert made.splits == ("given",)
    clips = []
    for part in ("train", "validation"):
        with open(tmp_path / "flac" / part / "metadata.csv") as file:
            clips += [int(row["clip"]) for row in csv.DictReader(file)]
    assert (np.abs(made.pcm(np.arange(6)).astype(int) - source.pcm(clips)) <= 1).all()
    assert made.space.names == source.space.names
    np.testing.assert_array_equal(made.parts(), source.parts()[clips])
    for column, factor in enumerate(source.space.factors):
        there = [factor.names[k] for k in source.classes[clips, column]]
        here = [made.space.factors[column].names[k] for k in made.classes[:, column]]
        assert here == there, factor.name
    with open(out / "clips.csv") as file:
        rows = [int(row["dmelodies_index"]) for row in csv.DictReader(file)]
    # recordings have values of their own, so that the names tell the melody
    assert rows == dmelodies_index(source.space, source.classes[clips]).tolist()  # type: ignore[union-attr]


def test_the_table_of_one_part_of_an_export(tmp_path: Path) -> None:
    source = open_corpus(DMelodies(count=4))
    export(source, "wav", tmp_path / "wav")
    found = read_labels(tmp_path / "wav/train", tmp_path / "wav/train/metadata.csv")
    assert tuple(found[0].labels) == source.space.names
    assert {one.part for one in found} == {""}


def test_an_audiofolder_of_others(tmp_path: Path) -> None:
    rows = [("train/a.wav", "bell"), ("dev/b.wav", "drum"), ("test/c.wav", "bell")]
    for file, _ in rows:
        touch(tmp_path / file)
    text = "".join(json.dumps({"file_name": file, "label": x}) + "\n" for file, x in rows)
    (tmp_path / "metadata.jsonl").write_text(text)
    found = audio_folder(tmp_path)
    assert [one.part for one in found] == ["train", "validation", "test"]
    assert [one.file for one in found] == [one.unit for one in found] == [file for file, _ in rows]
    with pytest.raises(DsoundsError, match=r"is no audiofolder: no metadata\.csv in it"):
        audio_folder(tmp_path / "train")
    assert PRESETS["audiofolder"].settings.confidence == 0


def test_factors_of_a_table_may_end_as_those_of_exports(tmp_path: Path) -> None:
    """Only the table of an export is read as one."""
    (tmp_path / "labels.csv").write_text("file,x,x_class,split_by,clip\na.wav,1,2,3,4\n")
    (one,) = read_labels(tmp_path, tmp_path / "labels.csv")
    assert list(one.labels) == ["x", "x_class", "split_by", "clip"]
    assert keep([one], ["x_class"])[0].labels == {"x_class": "2"}


def test_samples_of_an_import_are_read_under_the_found_name(tmp_path: Path) -> None:
    sound = 0.5 * np.cos(0.2 * np.arange(16_000))
    (tmp_path / NAMES["NFD"]).parent.mkdir()
    soundfile.write(tmp_path / NAMES["NFD"], sound, 16_000)
    (tmp_path / "labels.csv").write_text(f"file_name,x\n{NAMES['NFC']},1\n", encoding="utf-8")
    out = tmp_path / "c"
    command = ["import", tmp_path, "--labels", tmp_path / "labels.csv", "--out", out]
    assert main([*map(str, command), "--seconds", "1", "--confidence", "0"]) == 0
    assert len(open_corpus(out)) == 1


@pytest.mark.parametrize("column", ["clip", "index", "file_name", "x_class"])
def test_a_column_whose_name_is_taken_is_refused_before_any_work(
    column: str, tmp_path: Path
) -> None:
    """Its corpus could have no clips.csv: without it there is one."""
    (tmp_path / "labels.csv").write_text(f"file,x,{column}\na.wav,1,2\n")
    touch(tmp_path / "a.wav")
    found = read_labels(tmp_path, tmp_path / "labels.csv")
    with pytest.raises(DsoundsError, match=f"two columns '{column}'.* or leave it out"):
        check(found)
    check(keep(found, ["x"]))
