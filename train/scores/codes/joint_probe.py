"""Linear probes on v and z together, against the factors of both: what the whole code tells.

z is pooled over time. What the probe reads here and neither from v nor from z alone lies in both.
"""

from .code_rows import row_of_codes
from .linear_probe import linear_probe
from .views import joint_view

SCORE = row_of_codes(
    "joint_probe",
    "linear probe of v and z",
    linear_probe,
    numbers={"accuracy": "probe, accuracy", "balanced": "probe, balanced", "r2": "probe, R²"},
    fits=True,
    permutations=2,
    bootstraps=20,
    of=joint_view,
    of_codes=None,  # plain arrays have one code: it is the linear probe
    labels={"joint": "of v and mean z, all factors"},
    hint="the same from v and pooled z together, of static and dynamic factors",
    order=384,
    reference="Alain and Bengio 2017",
    costly=True,
)
