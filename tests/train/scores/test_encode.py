"""dsounds encode: the codes of a run with the labels of its clips, as arrays."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from dsounds.cli import main
from dsounds.datasets import open_corpus
from dsounds.errors import DsoundsError
from dsounds.train.fitting.checkpoints import load_run
from dsounds.train.fitting.run_data import open_run_data
from dsounds.train.scores import encode as codes_file
from dsounds.train.scores.encode import encode


def test_codes_and_labels_are_those_of_the_run(
    evaluated: tuple[Path, dict], tmp_path: Path
) -> None:
    path = tmp_path / "codes.npz"
    assert main(["encode", str(evaluated[0]), "--out", str(path)]) == 0
    run, material = load_run(evaluated[0]), open_run_data(load_run(evaluated[0]).config)
    with np.load(path) as file:
        found = dict(file)
    assert str(found["format"]) == "dsounds codes 1"
    with torch.no_grad():
        codes = run.model.encode(torch.from_numpy(np.array(material.x)))
    for name in ("v_mean", "v_logvar", "z_mean", "z_logvar"):
        np.testing.assert_allclose(found[name], getattr(codes, name), rtol=1e-4, atol=1e-5)
    assert found["clip"].tolist() == list(range(48))
    assert np.array_equal(found["classes"], material.corpus.classes)
    assert np.array_equal(found["values"], material.corpus.values)
    assert tuple(found["factors"]) == material.corpus.space.names
    assert np.array_equal(np.flatnonzero(found["part"] == "train"), material.train)
    about = json.loads(str(found["metadata"]))
    assert about["corpus_id"] == material.corpus.id
    assert about["checkpoint_sha256"] == evaluated[1]["computed_from"]["checkpoint_sha256"]


def test_one_part_and_the_same_bytes_in_batches(
    evaluated: tuple[Path, dict], tmp_path: Path
) -> None:
    corpus = open_corpus(evaluated[1]["computed_from"]["corpus"])
    paths = [encode(evaluated[0], tmp_path / name, part="validation") for name in ("a", "b")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]
    with np.load(paths[0]) as file:
        assert np.array_equal(file["clip"], corpus.split("validation"))
        assert set(file["part"]) == {"validation"}


def test_codes_are_whole_or_not_there(
    evaluated: tuple[Path, dict], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "codes.npz"
    path.write_text("something")
    with pytest.raises(DsoundsError, match=r"codes.npz exists already"):
        encode(evaluated[0], path)
    assert path.read_text() == "something"

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(codes_file.np, "savez", full)
    with pytest.raises(DsoundsError, match="No space left"):
        encode(evaluated[0], tmp_path / "other.npz")
    assert [one.name for one in tmp_path.iterdir()] == ["codes.npz"]
