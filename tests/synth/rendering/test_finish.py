"""Equal loudness, no DC, faded ends: by their equations, written out again."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from dsounds.errors import DsoundsError
from dsounds.synth.music.schedule import NO_FINISH, NOTE, Finish, Schedule
from dsounds.synth.rendering.finish import finished
from dsounds.synth.rendering.fluidsynth import SAMPLE_RATE_HZ
from dsounds.synth.rendering.note_table import NoteTable, codes_in
from dsounds.synth.rendering.render import NoteRenderer, Renderer, render_float, render_pcm
from dsounds.synth.rendering.torch_renderer import DeviceRenderer

CLIP = 4_000
FINISHES = [
    Finish(remove_dc=True),
    Finish(fade_samples=500),
    Finish(rms_dbfs=-20.0),
    Finish(True, 500, -20.0),
]


def schedule(finish: Finish, clips: int = 4) -> Schedule:
    """One note of noise with an offset in each clip, which sounds beyond the clip's end."""
    notes = np.zeros((clips, 1), NOTE)
    notes["onset_sample"] = 64 * np.arange(clips)[:, None]
    notes["offset_sample"], notes["velocity"] = CLIP, 100
    notes["pitch"] = 60 + np.arange(clips)[:, None]
    return replace(Schedule.plain(notes, np.zeros(clips)), finish=finish)


def renderer(played: Schedule) -> NoteRenderer:
    codes = codes_in(played)
    stops = CLIP * np.arange(1, len(codes) + 1)
    noise = np.random.default_rng(0).standard_normal(stops[-1]).astype(np.float32)
    return NoteRenderer(NoteTable(noise + np.float32(0.5), codes, stops - CLIP, stops), CLIP)


def expected(sound: np.ndarray, finish: Finish) -> np.ndarray:
    """The finished sound before its level, sample by sample."""
    out = sound.astype(np.float64)
    if finish.remove_dc:
        pole, before, given = np.exp(-2 * np.pi * 10 / SAMPLE_RATE_HZ), 0.0, 0.0
        for n, x in enumerate(out.tolist()):
            before, given = x - given + pole * before, x
            out[n] = before
    for n in range(1, finish.fade_samples + 1):
        out[len(out) - finish.fade_samples + n - 1] *= (
            np.cos(np.pi * n / finish.fade_samples / 2) ** 2
        )
    return out


@pytest.mark.parametrize("finish", FINISHES)
def test_clips_are_finished(finish: Finish) -> None:
    played = schedule(finish)
    made = renderer(played)
    pcm, peaks = render_pcm(made, played)
    sounds = render_float(made, played)
    assert_array_equal(peaks, np.abs(sounds).max(axis=1))  # as it left FluidSynth
    for own, sound in zip(pcm, sounds, strict=True):
        out = expected(sound, finish)
        if finish.rms_dbfs is None:
            scale = 32_767 / np.abs(out).max()
        else:
            scale = 32_767 * 10 ** (finish.rms_dbfs / 20) / np.sqrt((out**2).mean())
        assert_allclose(own, out * scale, atol=0.51)
    if finish.fade_samples:
        assert not pcm[:, -1].any()


def test_all_clips_have_the_rms() -> None:
    pcm, _ = render_pcm(renderer(schedule(FINISHES[3])), schedule(FINISHES[3]))
    assert_allclose(np.sqrt(np.mean((pcm / 32_767) ** 2, axis=1)), 0.1, rtol=1e-4)


def test_levels_stand_above_the_rms() -> None:
    played = replace(schedule(Finish(rms_dbfs=-20.0)), level_db=np.array([0.0, -6, -12, 3]))
    pcm, _ = render_pcm(renderer(played), played)
    rms_db = 20 * np.log10(np.sqrt(np.mean((pcm / 32_767) ** 2, axis=1)))
    assert_allclose(rms_db, -20 + played.level_db, atol=0.01)


def test_an_offset_is_gone_and_a_low_tone_stays() -> None:
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    tone = np.sin(2 * np.pi * 100 * time_s)
    done, _ = finished((tone + 0.5).astype(np.float32), schedule(Finish(remove_dc=True)))
    late = done[SAMPLE_RATE_HZ // 2 :]
    assert abs(late.mean()) < 1e-4
    assert 20 * np.log10(late.std() * np.sqrt(2)) == pytest.approx(-0.026, abs=0.002)


def test_a_rest_stays_silent_without_dc() -> None:
    """A mean that is taken away would move the offset into the rest."""
    sound = np.zeros(SAMPLE_RATE_HZ, np.float32)
    sound[: SAMPLE_RATE_HZ // 2] = 0.5
    done, _ = finished(sound, schedule(Finish(remove_dc=True)))
    assert np.abs(done[-1000:]).max() < 1e-6


def test_without_a_finish_nothing_changes() -> None:
    played = schedule(NO_FINISH)
    made, out, peaks = renderer(played), np.empty((4, CLIP), np.int16), np.empty(4, np.float32)
    Renderer.clips(made, played, out, peaks)
    assert_array_equal(out, render_pcm(made, played)[0])


def test_too_loud_an_rms_says_by_how_much() -> None:
    played = schedule(Finish(rms_dbfs=-3.0))
    sounds = render_float(renderer(played), played)
    crest_db = 20 * np.log10(np.abs(sounds).max(axis=1) / np.sqrt((sounds**2).mean(axis=1)))
    said = rf"RMS -3 dBFS would be {crest_db.max() - 3:.1f} dB louder"  # the worst of all
    with pytest.raises(DsoundsError, match=said):
        render_pcm(renderer(played), played)
    with pytest.raises(DsoundsError, match="louder than full scale at its peak: lower rms_dbfs"):
        DeviceRenderer(renderer(played).table).clips(played, CLIP)


@pytest.mark.parametrize(("rms_dbfs", "level_db", "loud"), [(-3, -20, False), (-20, 18, True)])
def test_a_level_counts_when_a_clip_is_too_loud(
    rms_dbfs: float, level_db: float, loud: bool
) -> None:
    """On a device as well: noise with an offset has a peak 10 to 15 dB above its RMS."""
    played = replace(schedule(Finish(rms_dbfs=rms_dbfs)), level_db=np.full(4, level_db))
    made = renderer(played)
    renders = (
        lambda: render_pcm(made, played),
        lambda: DeviceRenderer(made.table).clips(played, CLIP),
    )
    for render in renders:
        with pytest.raises(DsoundsError, match="louder") if loud else nullcontext():
            render()


@pytest.mark.parametrize("finish", FINISHES)
def test_a_device_finishes_as_well(finish: Finish) -> None:
    played = schedule(finish)
    made = renderer(played)
    there = DeviceRenderer(made.table).clips(played, CLIP, rounded=True)
    assert_allclose(there.numpy() * 32_767, render_pcm(made, played)[0], atol=1.001)


def test_silence_stays_silence() -> None:
    played = schedule(FINISHES[3])
    made = renderer(played)
    made.table.samples[:] = 0
    assert not render_pcm(made, played)[0].any()
    assert torch.count_nonzero(DeviceRenderer(made.table).clips(played, CLIP)) == 0


def test_a_fade_longer_than_the_clip_fades_all_of_it() -> None:
    done, _ = finished(np.ones(10, np.float32), schedule(Finish(fade_samples=99)))
    assert_allclose(done, np.cos(np.pi * np.arange(1, 11) / 20) ** 2, atol=1e-7)
