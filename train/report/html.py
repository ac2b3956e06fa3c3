"""HTML without mistakes: text is escaped where it enters, and what is embedded is a data URI."""

import io
from base64 import b64encode
from collections.abc import Iterable
from html import escape

import numpy as np
import soundfile

_VOID = {"img", "meta", "br"}


class Markup(str):
    """HTML; any other string is text."""

    __slots__ = ()


def element(name: str, /, *children: str, **attributes: str | float | bool | None) -> Markup:
    """Return an element; text among the children is escaped.

    Attributes: `class_` stands for class, `data_x` for data-x; True gives a bare attribute, None
    and False none.
    """
    start = "".join(
        f" {_attribute(key)}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{start}>")
    return Markup(f"<{name}{start}>{join(children)}</{name}>")


def join(children: Iterable[str]) -> Markup:
    """Return children one after the other, text escaped."""
    return Markup("".join(c if isinstance(c, Markup) else escape(c) for c in children))


def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def document(title: str, style: str, script: str, *content: str) -> str:
    """Return a whole page; its style and script are inside."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(style)),
    )
    body = element("body", element("main", *content), element("script", Markup(script)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def section(name: str, heading: str, lead_in: str, *content: str) -> Markup:
    """Return a section of the page: a heading, how to read what follows, and that."""
    intro = element("p", lead_in, class_="lead")
    return element("section", element("h2", heading), intro, *content, id=name)


def image(png: bytes, alt: str) -> Markup:
    """Return an embedded PNG."""
    return element("img", src=_data_uri(png, "image/png"), alt=alt)


def player(pcm: np.ndarray, rate_hz: int, label: str) -> Markup:
    """Return a player of an embedded 16-bit WAV; pcm: (samples,) int16."""
    wav = io.BytesIO()
    soundfile.write(wav, pcm, rate_hz, format="WAV", subtype="PCM_16")
    return element(
        "audio",
        controls=True,
        preload="none",
        src=_data_uri(wav.getvalue(), "audio/wav"),
        aria_label=label,
    )


def _data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"
