"""The report on runs, one self-contained HTML file: `report(runs, out)`.

`write` is the way in; `runs` gathers, `swaps` and `plane` compute, `words` judges, `figures` and
`legend` draw, and `table`, `sounds`, `codes`, `origin` and `page` lay out, by `html` and `style`.
"""

from .write import report

__all__ = ["report"]
