"""The swaps of a report: spectrograms and players, each decoded clip below what it should be."""

import numpy as np

from ...datasets.reading.picture import COLOUR_LIMITS, static_names
from ...synth.features import LogMelSettings, band_of_hz
from ..fitting.run_data import RunData
from .figures import colour_steps, spectrogram
from .html import Markup, element, image, player, section
from .runs import Entry
from .swap_clips import Clip, Swap, vocoded

HZ = (250, 1000, 4000)
MADE = (
    ("reconstruction of i", "decode(z_i, v_i)"),
    ("global swap", "decode(z_i, v_j)"),
    ("local swap", "decode(z_j, v_i)"),
    ("reconstruction of j", "decode(z_j, v_j)"),
)


def swaps_section(entries: list[Entry], material: RunData, swaps: list[Swap]) -> Markup:
    """Return all pairs, or a sentence where there is nothing to swap."""
    if not swaps:
        return section("swaps", "Swaps", "No pair was asked for, or no static factor varies.")
    return section(
        "swaps",
        "Swaps, to see and to hear",
        "Two clips, i and j, give four combinations of melody and sound. The first row is the "
        "truth, as the generator renders it; each run's row below holds its attempt at the clip "
        "above it. D is the mean square difference to that clip in log-mel: lower is better.",
        _colour_scale(),
        _ceiling(material, swaps[0].truth[0]),
        *(_pair(entries, material, swap, k) for k, swap in enumerate(swaps)),
    )


def _ceiling(material: RunData, clip: Clip) -> Markup:
    """Return a clip beside its own resynthesis."""
    text = (
        "A model makes spectrograms; Griffin-Lim makes them sound. It has to guess the phase and "
        "roughens whatever it gets. This is what it makes of a true spectrogram, and the best to "
        "expect of a decoded one."
    )
    again = vocoded(material, clip)
    return element(
        "article",
        element(
            "div",
            element("div", element("h3", "The vocoder's ceiling"), text, class_="text"),
            _figure(material, clip, "as rendered", "original i of pair 1", "original i of pair 1"),
            _figure(
                material,
                again,
                "through Griffin-Lim",
                f"the same, D = {again.distance:.2f}",
                "original i of pair 1 through Griffin-Lim",
            ),
            class_="row",
        ),
        class_="card swap",
    )


def _colour_scale() -> Markup:
    low, high = (f"{limit:g}" for limit in COLOUR_LIMITS)
    bar = element("span", style=f"background:linear-gradient(90deg,{','.join(colour_steps())})")
    text = f"{high} natural log of power per mel band, the same in all pictures"
    return element("p", low, bar, text, class_="scale")


def _pair(entries: list[Entry], material: RunData, swap: Swap, k: int) -> Markup:
    """Return one pair: the row of truth, then a row per run."""
    i, j = swap.pair
    titles = [f"clip {c}: {static_names(material.corpus, c)}" for c in (i, j)]
    rows = [_truth_row(material, swap)]
    for entry, clips in zip(entries, swap.decoded, strict=True):
        figures = [
            _figure(
                material,
                clip,
                heading,
                f"{formula}, D = {clip.distance:.2f}",
                f"{entry.name}, {heading}",
            )
            for clip, (heading, formula) in zip(clips, MADE, strict=True)
        ]
        head = element("h4", entry.name, element("small", "Griffin-Lim resynthesis"))
        rows.append(element("div", head, *figures, class_="row"))
    return element(
        "article",
        element("h3", f"Pair {k + 1}"),
        element("p", f"i is {titles[0]}; j is {titles[1]}.", class_="lead"),
        *rows,
        class_="card swap",
    )


def _truth_row(material: RunData, swap: Swap) -> Markup:
    """Return the four true clips."""
    i, j = swap.pair
    sounds = [static_names(material.corpus, clip) for clip in swap.pair]
    words = (
        ("original i", sounds[0]),
        ("true counterfactual", f"melody of {i}, {sounds[1]}"),
        ("true counterfactual", f"melody of {j}, {sounds[0]}"),
        ("original j", sounds[1]),
    )
    figures = [
        _figure(material, clip, heading, note, f"{heading}: {note}")
        for clip, (heading, note) in zip(swap.truth, words, strict=True)
    ]
    head = element("h4", "Truth", element("small", "as rendered"))
    return element("div", head, *figures, class_="row")


def _figure(material: RunData, clip: Clip, heading: str, note: str, alt: str) -> Markup:
    """Return a spectrogram, its caption, its player."""
    return element(
        "figure",
        element("figcaption", element("b", heading), note),
        _picture(clip.x, material.settings, f"spectrogram of {alt}"),
        player(clip.pcm, material.corpus.sample_rate_hz, alt),
        class_="clip",
    )


def _picture(x: np.ndarray, settings: LogMelSettings, alt: str) -> Markup:
    """Return a spectrogram with a few frequencies and seconds written into it."""
    frames, bands = x.shape
    seconds = frames * settings.hop_samples / settings.sample_rate_hz
    places = (band_of_hz(np.array(HZ), settings) + 0.5) / bands
    marks = [
        element("span", _hz(hz), class_="hz", style=f"bottom:{100 * place:.1f}%")
        for hz, place in zip(HZ, places, strict=True)
        if place < 1
    ]
    marks += [
        element("span", f"{s} s", class_="s", style=f"left:{100 * s / seconds:.1f}%")
        for s in range(1, int(seconds))
    ]
    head = element("span", class_="head")
    return element("div", image(spectrogram(x), alt), *marks, head, class_="picture")


def _hz(hz: int) -> str:
    return f"{hz // 1000} kHz" if hz >= 1000 else f"{hz} Hz"
