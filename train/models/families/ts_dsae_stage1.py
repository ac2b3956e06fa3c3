"""The constrained stage alone: what TS-DSAE has learned when its stage 2 begins, a known answer.

z stays a random projection of x, so all that v tells of a clip was learned without z. As the other
families it trains for all epochs; with `epochs` = C it is TS-DSAE after stage 1, bit for bit.
"""

from ..dsae.relatives import CONSTRAINED, relative

FAMILY = relative(CONSTRAINED)
