"""What the page sends. Anybody can send anything, so each value is checked before it is used.

A file has what one part of the page asks; common.py has what all requests have.
"""

from playground.server.requests.characters import NextCharacter, next_character
from playground.server.requests.columns import Temperatures, temperatures
from playground.server.requests.common import Asked, Had, asked, parse
from playground.server.requests.firststates import FirstStates, first_states
from playground.server.requests.gaps import Gaps, Stretch, gaps, stretch
from playground.server.requests.hub import Ask, Fetch, ask, fetch
from playground.server.requests.pairs import Pairs, pairs
from playground.server.requests.play import WRITTEN_LIMIT, Look, Write, look, write
from playground.server.requests.scores import Score, score
from playground.server.requests.searches import Search, search
from playground.server.requests.translations import Translate, translate
from playground.server.requests.verdicts import Classify, check_classifier, check_review, classify

__all__ = [
    "WRITTEN_LIMIT",
    "Ask",
    "Asked",
    "Classify",
    "Fetch",
    "FirstStates",
    "Gaps",
    "Had",
    "Look",
    "NextCharacter",
    "Pairs",
    "Score",
    "Search",
    "Stretch",
    "Temperatures",
    "Translate",
    "Write",
    "ask",
    "asked",
    "check_classifier",
    "check_review",
    "classify",
    "fetch",
    "first_states",
    "gaps",
    "look",
    "next_character",
    "pairs",
    "parse",
    "score",
    "search",
    "stretch",
    "temperatures",
    "translate",
    "write",
]
