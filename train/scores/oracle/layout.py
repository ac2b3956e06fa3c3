"""Which factors the codes of an oracle tell, and from which code its decoder takes them.

A perfect model keeps static factors in v and dynamic ones in z. The other layouts are models whose
fault is known, so that they show which scores see it.
"""

from dataclasses import dataclass

from ....datasets.factors.space import Kind

_STATIC: tuple[Kind, ...] = ("static",)
_DYNAMIC: tuple[Kind, ...] = ("dynamic",)


@dataclass(frozen=True)
class Layout:
    """Where an oracle keeps the factors.

    Parameters
    ----------
    summary
        What is wrong with such a model, in words.
    v, z
        The kinds of factors that the code tells, in this order; a code that tells none is constant.
    from_v, from_z
        The kinds of factors that are decoded from the code.
    """

    summary: str
    v: tuple[Kind, ...] = _STATIC
    z: tuple[Kind, ...] = _DYNAMIC
    from_v: tuple[Kind, ...] = _STATIC
    from_z: tuple[Kind, ...] = _DYNAMIC


PERFECT = Layout("v tells the static factors, z the dynamic ones, and each is decoded from there")
LAYOUTS = {
    "perfect": PERFECT,
    "leaking": Layout(
        "z tells the static factors, too, but they are decoded from v", z=_DYNAMIC + _STATIC
    ),
    "unused": Layout(
        "z tells the static factors, too, and they are decoded from z: v is right and does nothing",
        z=_DYNAMIC + _STATIC,
        from_v=(),
        from_z=_DYNAMIC + _STATIC,
    ),
    "collapsed": Layout(
        "v is constant, z tells and decodes everything",
        v=(),
        z=_DYNAMIC + _STATIC,
        from_v=(),
        from_z=_DYNAMIC + _STATIC,
    ),
    "merged": Layout(
        "z is constant, v tells and decodes everything, as a code of whole clips",
        v=_STATIC + _DYNAMIC,
        z=(),
        from_v=_STATIC + _DYNAMIC,
        from_z=(),
    ),
}
