"""HTML from templates: text is escaped where it enters, and what is embedded is a data URI."""

import io
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def render(template: Path, **content: Any) -> str:
    """Return a page.

    Parameters
    ----------
    template
        A file; it may extend or include those of its own folder and of `TEMPLATES`.
    content
        The variables of the template. Strings are text: only `markupsafe.Markup` enters as HTML.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"wav": wav, "png": png}
    return environment.get_template(template.name).render(**content)


def png(content: bytes) -> str:
    """Return a PNG as a data URI."""
    return _data_uri(content, "image/png")


def wav(pcm: np.ndarray, rate_hz: int) -> str:
    """Return a sound, (samples,) int16, as a 16-bit WAV in a data URI."""
    file = io.BytesIO()
    soundfile.write(file, pcm, rate_hz, format="WAV", subtype="PCM_16")
    return _data_uri(file.getvalue(), "audio/wav")


def _data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{b64encode(content).decode('ascii')}"
