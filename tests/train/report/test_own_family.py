"""Families without v, or without z, are reported beside the others."""

import json
import sys
from pathlib import Path

import pytest

from dsounds.datasets.reading.opening import find_corpus
from dsounds.train.fitting.run import train_on_corpus
from dsounds.train.report import report
from dsounds.train.settings.presets import configure

OWN = '''
"""One linear layer there and back, of the mean or of each frame."""

from torch import nn

from dsounds.settings import settings
from dsounds.train.models.family import Family, Term
from dsounds.train.models.interface import Codes

@settings
class Sizes:
    size: int = 3

@settings
class Weights:
    weight: float = 1.0

class {kind}(nn.Module):
    def __init__(self, sizes, shape):
        super().__init__()
        self.read, self.write = nn.Linear(shape.mel, sizes.size), nn.Linear(sizes.size, shape.mel)

    def encode(self, x):
        code = self.read(x.mean(dim=1) if "{code}" == "v" else x)
        return Codes({code}_mean=code, {code}_logvar=code * 0)

    def decode(self, z, v):
        return self.write(v).unsqueeze(1) if z is None else self.write(z)

def terms(model, batch, weights, stage, generator):
    codes = model.encode(batch.x)
    return {{"missed": (model.decode(codes.z_mean, codes.v_mean) - batch.x).square().mean()}}

FAMILY = Family(
    Sizes, Weights, {kind}, terms, (Term("missed", "what {kind} misses", "of <all>"),)
)
'''


@pytest.mark.parametrize("code", [pytest.param("v", marks=pytest.mark.slow), "z"])
def test_a_family_with_one_code_is_reported(
    code: str,
    corpus: Path,
    runs: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = f"only_{code}"
    (tmp_path / f"{name}.py").write_text(OWN.format(kind=f"Only{code.upper()}", code=code))
    monkeypatch.syspath_prepend(tmp_path)
    opened = find_corpus(corpus)
    config = configure(
        f"{name}:FAMILY", str(corpus), corpus_id=opened.id, epochs=2, stage1_epochs=1, threads=1
    )
    run = train_on_corpus(config, tmp_path / "own")
    text = report([run, runs[1]], tmp_path / "report.html", clips=1).read_text(encoding="utf-8")
    monkeypatch.delitem(sys.modules, name)
    assert f"What Only{code.upper()} misses" in text
    assert "of &lt;all&gt;" in text
    assert f"{name}:FAMILY, {code} 3<" in text
    assert ("no global code" in text) == (code == "z")
    assert text.count("<audio") == 2 + 4 + 4 + 4
    assert f"dsounds train {name}:FAMILY" in text
    scores = json.loads((run / "scores.json").read_text())["factors"]["instrument"]
    assert ("f1_global" in scores) == (code == "v")
