"""Analyses of sinusoidal sounds: every factor is found again, in tones synthesised here in NumPy.

All factors are random at once, and an analysis is given nothing but the sound.
"""

import numpy as np
import pytest

from dsounds.datasets.checking.analysis import (
    Formant,
    SearchRanges,
    accuracy,
    classify,
    confusion,
    measure,
    measure_phrase,
)
from dsounds.errors import DsoundsError

RATE, BLOCK = 16_000, 64
INF = float("inf")
NEUTRAL = {
    "pitch": 60, "level": -12.0, "tilt": -6.0, "balance": 0.0, "hnr": INF, "formant": 0.0,
    "b": None, "attack": 0.008, "decay": INF, "cents": 0.0, "vibrato": 5.0, "tremolo": 0.0,
    "tremolo_rate": 5.0,
}  # fmt: skip
# Name here: field of Tone, scale.
FIELDS = {
    "pitch": ("pitch", "linear"), "level": ("level_db", "linear"), "tilt": ("tilt_db", "linear"),
    "balance": ("balance_db", "linear"), "hnr": ("hnr_db", "linear"),
    "formant": ("formant_hz", "log"), "b": ("inharmonicity", "log"), "attack": ("attack_s", "log"),
    "decay": ("decay_s", "log"), "cents": ("vibrato_cents", "log"),
    "vibrato": ("vibrato_hz", "log"), "tremolo": ("tremolo_db", "log"),
    "tremolo_rate": ("tremolo_hz", "log"),
}  # fmt: skip
SHAPE = {
    "level": (-30.0, -24.0, -18.0, -12.0), "tilt": (0.0, -3.0, -6.0, -9.0, -12.0),
    "balance": (0.0, -6.0, -12.0, -18.0, -24.0),
}  # fmt: skip
MOTION = {"cents": (0.0, 12.5, 25.0, 50.0, 100.0), "vibrato": (3.0, 4.5, 6.75)}
CORPORA = {
    "steady": (
        {"pitch": range(36, 97), **SHAPE, "hnr": (INF, 30.0, 24.0, 18.0, 12.0)},
        SearchRanges(),
    ),
    "envelopes": (
        {
            "pitch": range(48, 67), **SHAPE, "hnr": (30.0, 18.0), "attack": (0.008, 0.032, 0.128),
            "formant": (0.0, 500.0, 1000.0, 2000.0, 4000.0), "decay": (INF, 16.0, 8.0, 4.0, 2.0),
        },
        SearchRanges(48, 66, stiff=False, formant=Formant(optional=True)),
    ),
    "motion": (
        {
            "pitch": range(48, 85), **SHAPE, **MOTION, "b": (0.0, 0.001, 0.002, 0.004, 0.008),
            "tremolo": (0.0, 3.0, 6.0, 12.0), "tremolo_rate": (3.0, 4.5, 6.75),
        },
        SearchRanges(48, 84, partials=16),
    ),
    "everything": (
        {
            "pitch": range(36, 85), **SHAPE, **MOTION, "hnr": (24.0, 12.0),
            "attack": (0.008, 0.032, 0.128), "decay": (INF, 8.0, 2.0),
            "tremolo": (0.0, 3.0, 6.0, 12.0),
        },
        SearchRanges(36, 84),
    ),
}  # fmt: skip


def random_factors(factors: dict, rng: np.random.Generator) -> dict:
    """One value of each factor; rates are neutral where a depth is 0."""
    drawn = {name: values[rng.integers(len(values))] for name, values in factors.items()}
    own = {**NEUTRAL, **drawn}
    for depth, rate in (("cents", "vibrato"), ("tremolo", "tremolo_rate")):
        if not own[depth]:
            own[rate] = NEUTRAL[rate]
    return own


def partials(own: dict, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz and complex amplitudes of partials, of root mean square 1 together."""
    first = 440 * 2 ** ((own["pitch"] - 69) / 12)
    k = np.arange(1, 17 if own["b"] is not None else 110)
    b = own["b"] or 0.0
    hz = k * first * np.sqrt((1 + b * k**2) / (1 + b))
    k, hz = k[hz < 6_500], hz[hz < 6_500]
    level = own["tilt"] * np.log2(hz / first) + own["balance"] * (k % 2 == 0)
    if own["formant"]:
        level = level + 18 * np.exp(-4 * np.log(2) * np.log2(hz / own["formant"]) ** 2)
    size = 10 ** (level / 20)
    turned = size * np.exp(2j * np.pi * rng.random(len(k)))
    return hz, turned / np.sqrt((size**2).sum() / 2)


def envelope(own: dict, time_s: np.ndarray, held_s: float) -> np.ndarray:
    """Amplitude over time."""
    level = -60 / own["decay"] * np.maximum(time_s - own["attack"], 0)
    level = level + own["tremolo"] / 2 * (wave(own["tremolo_rate"] * time_s) - 1)
    level = level - 3_000 * np.maximum(time_s - held_s, 0) + own["level"]
    return np.minimum(time_s / own["attack"], 1) * 10 ** (level / 20)


def wave(cycles: np.ndarray) -> np.ndarray:
    """A triangle that starts at 0, upwards."""
    return 1 - 4 * np.abs((cycles + 0.25) % 1 - 0.5)


def tone(
    own: dict, rng: np.random.Generator, seconds: float = 2.0, held_s: float = 0
) -> np.ndarray:
    """A clip with one note: (samples,)."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    stepped = np.arange(len(time_s)) // BLOCK * BLOCK / RATE  # pitch is kept for a block
    ratio = 2 ** (own["cents"] * wave(own["vibrato"] * stepped) / 1200)
    warped = (np.cumsum(ratio) - ratio) / RATE
    hz, size = partials(own, rng)
    if own["b"] is None:  # one cycle, finely, read at the phase of the first partial
        spectrum = np.zeros(2**15 + 1, complex)
        spectrum[1 : len(hz) + 1] = size * 2**15
        cycle = np.fft.irfft(spectrum)
        places = np.arange(len(cycle) + 1) / len(cycle)
        sound = np.interp(warped * hz[0] % 1, places, np.append(cycle, cycle[0]))
    else:
        turns = np.exp(2j * np.pi * warped[None] * hz[:, None])
        sound = (size @ turns).real
    if own["hnr"] < INF:
        noise = 10 ** (-own["hnr"] / 20)
        sound = (sound + noise * rng.standard_normal(len(sound))) / np.sqrt(1 + noise**2)
    return sound * envelope(own, time_s, held_s or seconds - 0.1)


def recovered(
    factors: dict, ranges: SearchRanges, count: int, seed: int, seconds: float = 2.0
) -> dict:
    """Accuracy for each factor, over tones with random factors."""
    rng = np.random.default_rng(seed)
    true = [random_factors(factors, rng) for _ in range(count)]
    heard = [measure(tone(own, rng, seconds), ranges) for own in true]
    out = {}
    for name, values in factors.items():
        field, scale = FIELDS[name]
        depth = {"vibrato": "cents", "tremolo_rate": "tremolo"}.get(name)
        use = [n for n, own in enumerate(true) if not depth or own[depth]]
        classes = np.array([list(values).index(true[n][name]) for n in use])
        found = classify(np.array([getattr(heard[n], field) for n in use]), values, scale)
        out[name] = accuracy(confusion(classes, found, len(values)))
    return out


@pytest.mark.parametrize("name", CORPORA)
def test_every_factor_is_recovered(name: str) -> None:
    found = recovered(*CORPORA[name], count=50, seed=3)
    assert min(found.values()) >= 0.99, found


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPORA)
def test_every_factor_is_recovered_from_many_tones(name: str) -> None:
    found = recovered(*CORPORA[name], count=500, seed=4)
    assert min(found.values()) >= 0.99, found


@pytest.mark.slow
def test_faint_and_strong_partials() -> None:
    # As much noise as tone, even partials above the odd ones: octave errors are near.
    factors = {
        "pitch": range(36, 97), "tilt": (-3.0, -9.0), "balance": (12.0, 0.0, -12.0),
        "hnr": (32.0, 24.0, 16.0, 8.0, 0.0),
    }  # fmt: skip
    found = recovered(factors, SearchRanges(), 300, seed=5, seconds=4.0)
    assert min(found.values()) >= 0.98, found


@pytest.mark.parametrize("pitch", [36, 57, 78, 96])
def test_numbers_are_exact_where_there_is_no_noise(pitch: int) -> None:
    rng = np.random.default_rng(pitch)
    own = {**NEUTRAL, "pitch": pitch, "balance": -12.0, "attack": 0.02}
    found = measure(tone(own, rng), SearchRanges())
    assert found.pitch == pytest.approx(pitch, abs=0.002)
    assert found.tilt_db == pytest.approx(-6, abs=0.05)
    assert found.balance_db == pytest.approx(-12, abs=0.15)
    assert found.level_db == pytest.approx(-12, abs=0.1)
    assert found.attack_s == pytest.approx(0.02, abs=0.004)
    assert (found.vibrato_cents, found.tremolo_db) == (0, 0)
    assert found.inharmonicity == pytest.approx(0, abs=1e-5)
    assert found.decay_s == INF
    assert np.isnan([found.vibrato_hz, found.tremolo_hz, found.formant_hz]).all()
    expected = 20 * np.log10(np.abs(partials(own, rng)[1][:3])) - 12
    np.testing.assert_allclose(found.partials_db[:3], expected, atol=0.15)


@pytest.mark.parametrize("samples", [0, 100, 4_000, 32_000])
def test_silence_and_noise_have_no_pitch(samples: int) -> None:
    noise = np.random.default_rng(0).standard_normal(samples) * 0.1
    ranges = SearchRanges(formant=Formant(optional=True))
    for sound in (np.zeros(samples), noise, np.ones(samples), (np.arange(samples) == 50) * 1.0):
        found = measure(sound, ranges)
        assert np.isnan([found.f0_hz, found.tilt_db, found.hnr_db, found.attack_s]).all()
        heard = measure_phrase(sound, ranges)
        assert np.isnan([heard.pitch, heard.hnr_db, heard.density_hz]).all()
    if samples > 4_000:
        assert measure(noise).rms_db == pytest.approx(-20, abs=0.2)
    assert measure(np.zeros(samples)).peak_db == -INF


def test_a_clip_must_be_mono() -> None:
    for listen in (measure, measure_phrase):
        with pytest.raises(DsoundsError, match=r"shape \(2, 100\).*mono"):
            listen(np.zeros((2, 100)))


def phrase(
    pitches: list[int], spacing_s: float, rise_db: float, seed: int, decay_s: float = INF
) -> np.ndarray:
    """Notes held for three quarters of the time to the next: (samples,)."""
    rng, out = np.random.default_rng(seed), []
    for pitch in pitches:
        own = {**NEUTRAL, "pitch": pitch, "balance": -12.0, "hnr": 18.0, "decay": decay_s}
        own["level"] = -24
        out.append(tone(own, rng, spacing_s, 0.75 * spacing_s))
    line = np.concatenate([*out, np.zeros(RATE)])
    rise = rise_db / (len(pitches) * spacing_s) * np.arange(len(line)) / RATE
    return line * 10 ** (rise / 20)


def test_phrases() -> None:
    shapes = {
        "rising": [48, 50, 52, 54], "falling": [80, 78, 76, 74, 72],
        "arch": [60, 62, 64, 64, 62, 60], "valley": [64, 62, 60, 62, 64],
        "zigzag": [55, 57, 55, 57], "flat": [70, 70, 70],
    }  # fmt: skip
    for seed, (name, pitches) in enumerate(shapes.items()):
        for spacing_s, rise_db in ((0.224, -12), (0.5, 0), (0.352, 12)):
            found = measure_phrase(
                phrase(pitches, spacing_s, rise_db, seed), SearchRanges(stiff=False)
            )
            assert (found.notes, found.contour) == (len(pitches), name)
            np.testing.assert_allclose(found.pitches, pitches, atol=0.1)
            assert found.pitch == pytest.approx(min(pitches), abs=0.1)
            assert found.density_hz == pytest.approx(1 / spacing_s, rel=0.02)
            assert found.crescendo_db == pytest.approx(rise_db, abs=1)
            assert found.level_db == pytest.approx(-24, abs=1)
            assert found.decay_s > 10
            assert found.tilt_db == pytest.approx(-6, abs=1)
            assert found.balance_db == pytest.approx(-12, abs=2)
            assert found.hnr_db == pytest.approx(18, abs=1)


@pytest.mark.parametrize("decay_s", [0.6, 1.2, 2.4])
def test_phrases_of_plucked_notes(decay_s: float) -> None:
    for spacing_s, rise_db in ((0.224, -12), (0.5, 0), (0.352, 12)):
        sound = phrase([60, 62, 64, 64, 62, 60], spacing_s, rise_db, 0, decay_s)
        found = measure_phrase(sound, SearchRanges(stiff=False))
        assert (found.notes, found.contour) == (6, "arch")
        assert found.decay_s == pytest.approx(decay_s, rel=0.15)
        assert found.crescendo_db == pytest.approx(rise_db, abs=1)
        assert found.level_db == pytest.approx(-24, abs=1.5)  # the attack takes 8 ms of the fall
        assert found.density_hz == pytest.approx(1 / spacing_s, rel=0.02)
