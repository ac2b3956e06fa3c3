"""The page of a report has the pictures that its models have the scores for."""

import shutil
from pathlib import Path

from dsounds.train.report import report
from dsounds.train.scores.scores_file import read_scores, write_scores


def test_the_page_shows_the_pictures_of_scores(runs: list[Path], tmp_path: Path) -> None:
    run = shutil.copytree(runs[1], tmp_path / "run")
    result = read_scores(run / "scores.json")
    result["scores"] |= {"leakage_v/instrument": 0.4321, "leakage_z/instrument": 0.1}
    write_scores(run / "scores.json", result)
    text = report([run], tmp_path / "report.html", clips=0).read_text(encoding="utf-8")
    assert '<a href="#leakage">Leakage</a>' in text
    section = text[text.index('<section id="leakage">') :].split("</section>")[0]
    assert '<div class="planes">' in section
    assert "0.43" in section
    assert "#prediction" not in text
    assert "shared-codes" not in text
