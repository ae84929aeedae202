"""The page's requests. They are untrusted, so each value is checked before it is used.

One file for each part of the page; common.py has what all requests share.
"""

from playground.server.requests.bpe import BytePairs, byte_pairs
from playground.server.requests.characters import NextCharacter, next_character
from playground.server.requests.columns import Temperatures, temperatures
from playground.server.requests.common import Envelope, PromptEdit, envelope, parse
from playground.server.requests.firststates import FirstStates, first_states
from playground.server.requests.gaps import Gaps, Stretch, gaps, stretch
from playground.server.requests.hub import Ask, Fetch, ask, fetch
from playground.server.requests.play import RUN_LIMIT, WRITTEN_LIMIT, Look, Write, look, write
from playground.server.requests.scores import Score, score
from playground.server.requests.searches import Search, search
from playground.server.requests.translations import Translate, translate
from playground.server.requests.verdicts import Classify, check_classifier, check_review, classify

__all__ = [
    "RUN_LIMIT",
    "WRITTEN_LIMIT",
    "Ask",
    "BytePairs",
    "Classify",
    "Envelope",
    "Fetch",
    "FirstStates",
    "Gaps",
    "Look",
    "NextCharacter",
    "PromptEdit",
    "Score",
    "Search",
    "Stretch",
    "Temperatures",
    "Translate",
    "Write",
    "ask",
    "byte_pairs",
    "check_classifier",
    "check_review",
    "classify",
    "envelope",
    "fetch",
    "first_states",
    "gaps",
    "look",
    "next_character",
    "parse",
    "score",
    "search",
    "stretch",
    "temperatures",
    "translate",
    "write",
]
