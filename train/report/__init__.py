"""The report on runs, one self-contained HTML file: `report(runs, out)`.

`write` is the way in; `runs` gathers, `swap_clips` and `plane` compute, `verdict` judges,
`score_table`, `curves`, `codes`, `spectrograms` and `origin` prepare what a section shows, and
`page` hands it to the templates, by `html`; `pictures` draws scores, for the page and for files.
"""

from .write import report

__all__ = ["report"]
