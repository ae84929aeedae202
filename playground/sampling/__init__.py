"""Logits become a distribution, a distribution becomes a draw: pure functions on float64 arrays.

The order of the stages is a contract: bias, then temperature, then top-k, then top-p, then min-p, then renormalise. It
is the order of the logits processors in `transformers`. `web/core/sampling.js` is the twin of this package, function
for function; one table of cases drives the tests of both.

Conventions, defined once here:

* Temperature 0 is the first of the likeliest; infinity is uniform over what truncation keeps. Between
  them, everything is computed after subtracting the largest logit, so nothing overflows.
* A logit of minus infinity means "impossible" and keeps probability 0 at every temperature.
* A bias is added to the raw logits, and everything after sees only the sum: ranks, truncation and the choice at
  temperature 0. Minus infinity bans a symbol, exactly as if the model had ruled it out; a bias that leaves nothing
  possible is rejected.
* Ranks come from the logits with their bias (ties by id), which no temperature reorders. So truncation at an infinite
  temperature is the limit of truncation at high ones, and where top-p cuts through equals, the lower ids stay.
* Top-k keeps every logit equal to the k-th. At least one character is always kept.

This package knows no model, no vocabulary and no page.
"""

from playground.sampling.draws import choose, dice, draw
from playground.sampling.stages import STAGES, Sampling, distribution, entropy, log_softmax, ranks

__all__ = ["STAGES", "Sampling", "choose", "dice", "distribution", "draw", "entropy", "log_softmax", "ranks"]
