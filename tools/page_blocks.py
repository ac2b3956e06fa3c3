"""A page of docs/ as HTML: the few kinds of block that it is made of, and nothing else.

    # heading, ## heading, ### heading        | a | b |     a table with a head
    - an item of a list                       ```python     code, to the next ```
    ![words](picture.png) on its own          <!-- -->      a comment, left out

All else that starts with a letter, a digit or ` is a paragraph. In text, `code` and [words](link)
are all there is. An unknown block is an error, so that nothing is shown wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from markupsafe import Markup, escape

Picture = Callable[[str, str], Markup]
_CODE = re.compile(r"^```\w*\n(.*?)^```$", re.M | re.S)
_INLINE = re.compile(r"`([^`]+)`|\[([^\]]+)\]\(([^)]+)\)")
_COMMENT = re.compile(r"<!--.*?-->\n?", re.S)
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


def to_html(page: str, picture: Picture) -> Markup:
    """A page as HTML. picture: makes what stands for a picture, of its name and words.

    Raises ValueError for a block of another kind.
    """
    out = Markup()
    # Of what re.split gives, every second piece is the inside of a fence.
    for k, piece in enumerate(_CODE.split(_COMMENT.sub("", page))):
        if k % 2:
            out += _element("pre", escape(piece.rstrip("\n")))
        else:
            texts = (text.strip() for text in piece.split("\n\n"))
            out += Markup().join(_block(text, picture) for text in texts if text)
    return out


def headings(page: str) -> list[tuple[str, str]]:
    """The headings of sections, ## in the source: anchor and text."""
    found = re.findall(r"^## (.+)$", _CODE.sub("", page), re.M)
    return [(anchor(text), text) for text in found]


def anchor(heading: str) -> str:
    """The anchor that a heading has on GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _block(text: str, picture: Picture) -> Markup:
    if match := re.fullmatch(r"(#{1,3}) (.+)", text):
        level, heading = len(match[1]), match[2]
        start = Markup('<h{} id="{}">').format(level, anchor(heading))
        return start + _inline(heading) + Markup(f"</h{level}>")
    if match := _PICTURE.fullmatch(text):
        return picture(match[2], match[1])
    if text.startswith("|"):
        return _table(text.splitlines())
    if text.startswith("- "):
        items = re.split(r"^- ", text, flags=re.M)[1:]
        return _element("ul", *(_element("li", _inline(item.strip())) for item in items))
    if text[0].isalnum() or text[0] == "`":
        return _element("p", _inline(text))
    raise ValueError(f"a block of a kind that tools/page_blocks.py does not know: {text[:60]!r}")


def _table(lines: list[str]) -> Markup:
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    body = _element("tbody", *(_row("td", row) for row in rows))
    table = _element("table", _element("thead", _row("th", head)), body)
    return Markup('<div class="card scroll">{}</div>').format(table)


def _row(name: str, cells: list[str]) -> Markup:
    return _element("tr", *(_element(name, _inline(cell)) for cell in cells))


def _element(name: str, *children: Markup) -> Markup:
    return Markup(f"<{name}>") + Markup().join(children) + Markup(f"</{name}>")


def _inline(text: str) -> Markup:
    """Text with its code and links."""
    out, end = Markup(), 0
    for match in _INLINE.finditer(text):
        out += text[end : match.start()]
        code, words, link = match.groups()
        if code:
            out += _element("code", escape(code))
        else:
            out += Markup('<a href="{}">{}</a>').format(link, words)
        end = match.end()
    return out + text[end:]
