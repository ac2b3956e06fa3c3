"""The three views of a sequence model hold the codes, labels and clips that they should."""

import numpy as np
import torch

from dsounds.train.models.interface import Codes
from dsounds.train.scores.codes.views import joint_view, views
from dsounds.train.scores.data.clips import Clips
from dsounds.train.scores.data.evaluation_data import EvaluationData

FRAMES = 3


def part(clips: int, seed: int) -> Clips:
    """Return clips: z_t holds the clip's number, and only its mean over frames tells the tune."""
    rng = np.random.default_rng(seed)
    tune, horn = rng.integers(0, 4, clips), rng.integers(0, 2, clips)
    noise = rng.integers(1, 9, clips)
    frames = tune[:, None] + np.stack([noise, 2 * noise, -3 * noise], axis=1)
    number = np.repeat(np.arange(clips)[:, None], FRAMES, axis=1)
    z = torch.from_numpy(np.stack([frames, number], axis=2)).double()
    v = torch.from_numpy(np.stack([horn, np.arange(clips)], axis=1)).double()
    labels, dynamic = {"horn": horn}, {"tune": tune}
    return Clips(
        labels=labels, dynamic=dynamic, frames={"sum": frames}, codes=Codes(v, None, z, None)
    )


def test_each_view_has_its_codes_and_its_labels() -> None:
    scored, train = part(20, 0), part(30, 1)
    data = EvaluationData.of_arrays(scored, train)
    found = views(data)
    assert found.keys() == {"v", "z", "frames"}
    for name, codes, labels in (("v", "horn", "labels"), ("z", "tune", "dynamic")):
        own, given = getattr(scored, labels), getattr(train, labels)
        assert found[name].factors.keys() == own.keys() == {codes}
        # The first dimension is the factor: for z its mean over frames, which cancel out.
        np.testing.assert_allclose(found[name].codes[:, 0], own[codes])
        fitted, known = found[name].train()
        np.testing.assert_allclose(fitted[:, 0], known[codes])
        assert known[codes].tolist() == given[codes].tolist()
        assert found[name].groups is None
    frames = found["frames"]
    np.testing.assert_array_equal(frames.codes[:, 0], frames.factors["sum"])
    np.testing.assert_array_equal(frames.codes[:, 1], frames.groups)  # the clip of each frame
    assert np.bincount(frames.groups).tolist() == [FRAMES] * 20
    fitted, known = frames.train()
    np.testing.assert_array_equal(fitted[:, 0], known["sum"])


def test_the_joint_view_is_v_beside_pooled_z() -> None:
    data = EvaluationData.of_arrays(part(20, 0), part(30, 1))
    found, both = views(data), joint_view(data)["joint"]
    np.testing.assert_array_equal(both.codes, np.hstack([found["v"].codes, found["z"].codes]))
    assert both.factors.keys() == {"horn", "tune"}
    codes, known = both.train()
    np.testing.assert_allclose(codes[:, 0], known["horn"])
    np.testing.assert_allclose(codes[:, 2], known["tune"])
