"""Pictures of scores show the numbers of scores.json: what is drawn is read back from the axes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dsounds.datasets.factors.space import Factor, FactorSpace
from dsounds.errors import DsoundsError
from dsounds.train.report.figures import PAGE, SERIES
from dsounds.train.report.pictures import leakage_matrix, prediction_curve, shared_codes
from dsounds.train.report.pictures.files import PAPER, PICTURES, class_names, write_pictures
from dsounds.train.report.pictures.sections import picture_sections
from dsounds.train.report.runs import Entry

NAMES = {"instrument": ("violin", "trumpet", "oboe")}
LEAKAGE = {
    "leakage_v": 0.5,
    "leakage_v/rhythm": 0.1,
    "leakage_v/instrument": 1.0,
    "leakage_z/rhythm": 0.75,
    "leakage_z/instrument": 0.25,
    "leakage_frames/rhythm": None,
    "leakage_frames/instrument": -0.001,
    "leakage_frames/frame_pitch": 0.9,
}
ROWS, GROUPS = ["instrument", "rhythm", "pitch"], ["static", "dynamic", "frame"]
V = [[["0 0 0 0", "0 2 0 0"], ["2 2 2 2", "2 2 2 2"]], [["0 60 60 0", "67 60 0 0"]] * 2]
Z = [[["0 0 0 0", "2 2 2 2"], ["2 2 2 2", "0 0 0 0"]], [["60 60 0 67"] * 2, ["0 0 0 0"] * 2]]
TABLE = {
    code: dict(zip(("instrument", "pitch"), one, strict=True))
    for code, one in zip("vz", (V, Z), strict=True)
}
ENDINGS = ("", "_expected", "_reconstruction", "_last_frame", "_mean_frame")


def result(**changes: Any) -> dict[str, Any]:
    scores = dict(LEAKAGE)
    for k, percent in enumerate((10, 25, 50, 75)):
        key = f"prediction_error_{percent}"
        scores |= {key + ending: 10.0 * n + k for n, ending in enumerate(ENDINGS)}
        scores[f"{key}_frames"] = percent * 2.0
    return {
        "scores": scores,
        "factors": {"instrument": {}},
        "rows": {"judge_consistency": {"version": 1, "table": TABLE}},
        "notes": [],
        "computed_from": {"name": "mine"},
        **changes,
    }


EMPTY = result(scores={}, rows={})


def texts(axes: Axes) -> list[str]:
    return [one.get_text() for one in axes.texts]


def panels(figure: Figure) -> list[Axes]:
    figure.draw_without_rendering()
    return list(figure.axes)


def ticks(axes: Axes, which: str) -> list[str]:
    return [one.get_text() for one in getattr(axes, f"get_{which}ticklabels")()]


def test_the_matrix_has_a_row_for_each_factor_in_its_group() -> None:
    found = leakage_matrix.matrix_of(result())
    assert found is not None
    assert list(found.groups) == GROUPS
    assert found.factors == ("instrument", "rhythm", "frame_pitch")
    expected = [[1, 0.25, -0.001], [0.1, 0.75, np.nan], [np.nan, np.nan, 0.9]]
    np.testing.assert_array_equal(found.values, expected)
    assert leakage_matrix.matrix_of(EMPTY) is None


def test_the_matrix_is_drawn_with_its_numbers_where_they_belong() -> None:
    figures = leakage_matrix.draw({"a": result(), "none": EMPTY}, {}, PAGE)
    assert list(figures) == ["a"]
    (axes,) = panels(figures["a"])
    assert ticks(axes, "y") == ROWS
    assert ticks(axes, "x") == ["v", "mean z", "z_t"]
    assert axes.yaxis_inverted()
    cells = {one.get_position(): one.get_text() for one in axes.texts}
    assert cells[0.5, 0.5] == "1.00"
    assert cells[1.5, 0.5] == "0.25"
    assert cells[2.5, 0.5] == "0.00"  # not -0.00
    assert cells[1.5, 1.5] == "0.75"
    assert cells[2.5, 1.5] == cells[0.5, 2.5] == "-"
    assert texts(axes)[-3:] == GROUPS
    (mesh,) = axes.collections
    drawn = np.ma.filled(mesh.get_array(), np.nan)
    np.testing.assert_array_equal(drawn, leakage_matrix.matrix_of(result()).values)
    assert mesh.get_clim() == (0, 1)


def test_sequences_that_share_a_code_are_lines_of_their_repeat() -> None:
    figure = shared_codes.draw({"a": result(), "none": EMPTY}, NAMES, PAGE)["a"]
    instrument_v, _, instrument_z, pitch_z = panels(figure)
    assert ticks(instrument_v, "y") == ["violin", "oboe"]  # the trumpet is never heard
    assert ticks(pitch_z, "y") == ["rest", "60", "67"]
    assert instrument_v.get_title() == "instrument"
    assert [axes.get_ylabel() for axes in (instrument_v, instrument_z)] == [
        "one v, many z",
        "one z, many v",
    ]
    first, other, second = instrument_v.get_lines()
    assert first.get_color() == other.get_color() == SERIES[0]
    assert second.get_color() == SERIES[1]
    np.testing.assert_allclose(first.get_xdata(), [0.125, 0.375, 0.625, 0.875])
    assert np.round(first.get_ydata()).tolist() == [0, 0, 0, 0]
    assert np.round(other.get_ydata()).tolist() == [0, 1, 0, 0]
    assert np.round(second.get_ydata()).tolist() == [1, 1, 1, 1]
    assert second.get_linewidth() > first.get_linewidth()  # two sequences and one
    assert (second.get_ydata() - first.get_ydata() > 1).all()  # beside each other
    assert [np.round(one.get_ydata()).tolist() for one in pitch_z.get_lines()] == [
        [1, 1, 0, 2],
        [0, 0, 0, 0],
    ]


def test_many_classes_have_some_names_only() -> None:
    several = [[" ".join(map(str, range(40)))]]
    table = {code: {"tonic": several} for code in "vz"}
    rows = {"judge_consistency": {"table": table}}
    figure = shared_codes.draw({"a": result(rows=rows)}, {}, PAGE)["a"]
    assert ticks(panels(figure)[0], "y") == [str(k) for k in range(0, 40, 4)]


def test_the_error_of_predictions_is_drawn_against_the_missing_frames() -> None:
    better = result()
    better["scores"] |= {"prediction_error_50": 1.0}
    results = {"a": result(), "none": EMPTY, "b": better}
    (figure,) = prediction_curve.draw(results, {}, PAGE).values()
    (axes,) = panels(figure)
    lines = axes.get_lines()
    assert [line.get_color() for line in lines[:6]] == [SERIES[0]] * 3 + [SERIES[1]] * 3
    assert len(lines) == 3 + 3 + 2  # those without a model once
    for line in lines:
        assert line.get_xdata().tolist() == [20, 50, 100, 150]
    starts = [line.get_ydata()[0] for line in lines]
    assert starts == [0, 10, 20, 0, 10, 20, 30, 40]
    assert lines[0].get_ydata().tolist() == [0, 1, 2, 3]
    assert lines[3].get_ydata().tolist() == [0, 1, 1, 3]
    assert ticks(axes, "x") == ["20\n10 %", "50\n25 %", "100\n50 %", "150\n75 %"]
    words = [one.get_text() for one in figure.legends[0].get_texts()]
    assert words[:2] == ["a", "b"]
    assert words[-2:] == ["the last frame held", "the mean training frame"]
    drawn = {one.get_label(): one.get_ydata()[0] for one in lines if one.get_label() in words}
    assert drawn == {"the last frame held": 30, "the mean training frame": 40}


def test_what_has_no_numbers_has_no_picture() -> None:
    for picture in PICTURES:
        assert picture.draw({"a": EMPTY}, {}, PAGE) == {}
    scores = {
        key: value for key, value in result()["scores"].items() if not key.endswith("mean_frame")
    }
    (figure,) = prediction_curve.draw({"a": result(scores=scores)}, {}, PAGE).values()
    assert len(panels(figure)[0].get_lines()) == 3 + 1


def test_pictures_stand_beside_their_scores(tmp_path: Path) -> None:
    scores = tmp_path / "scores-test.json"
    written = write_pictures(result(), scores, NAMES)
    names = ["leakage", "shared-codes", "prediction"]
    assert [one.name for one in written] == [f"scores-test-{name}.png" for name in names]
    assert sorted(tmp_path.iterdir()) == sorted(written)
    assert all(one.read_bytes().startswith(b"\x89PNG") for one in written)
    assert write_pictures(EMPTY, scores, NAMES) == []
    with pytest.raises(DsoundsError):
        write_pictures(result(), tmp_path / "nowhere" / "scores.json", NAMES)


def test_colours_of_files_are_those_of_the_page() -> None:
    """A file has no style sheet: the colours of light mode stand in the file of it, too."""
    css = (Path(leakage_matrix.__file__).parents[1] / "templates" / "page.css").read_text()
    light = css[: css.index("@media")]
    assert len(PAPER.series) == len(SERIES)
    for k, colour in enumerate(PAPER.series):
        assert f"--series-{k}: {colour};" in light


def test_a_report_has_the_pictures_of_all_models() -> None:
    entries = [Entry(name, Path(), one) for name, one in (("a<b", result()), ("none", EMPTY))]
    sections = picture_sections(entries, NAMES)
    assert [one.picture.name for one in sections] == ["leakage", "shared-codes", "prediction"]
    assert [one.layout for one in sections] == ["planes", "plots", "plots"]
    assert [caption for caption, _ in sections[0].figures] == ["a<b"]
    svg = sections[0].figures[0][1]
    assert svg.count("var(--line)") >= 9
    assert 'aria-label="What each code tells: a&lt;b"' in svg
    assert "0.75" in svg
    assert sections[2].figures[0][1] == picture_sections(entries, NAMES)[2].figures[0][1]
    assert picture_sections(entries[1:], NAMES) == []
    wide = result()
    wide["rows"]["judge_consistency"]["table"] = {c: {str(k): Z[0] for k in range(4)} for c in "vz"}
    section = picture_sections([Entry("a", Path(), wide)], NAMES)[1]
    assert section.layout == "plots wide"


def test_names_of_classes_are_those_of_the_space() -> None:
    space = FactorSpace([Factor("instrument", "static", (0, 1), names=("violin", "trumpet"))])
    assert class_names(space)["instrument"] == ("violin", "trumpet")
