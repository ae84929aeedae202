"""The errors that the playground raises on purpose.

    PlaygroundError            something the person can put right; its message is safe to show as it is
    ├── BadInput               a prompt, a setting or a parameter is out of range
    │   └── UnknownModel       no model has the name that was asked for
    ├── BadCheckpoint          a checkpoint folder cannot be loaded
    ├── BadCorpus              a text cannot be trained on
    ├── MemoryTaken            the models that are in use leave no memory for another one now
    └── HubError               the Hugging Face Hub does not give what was asked for, or does not take it
        ├── NotOnHub           no repository has that name, or it is not shown to whoever asks
        ├── Unreachable        it does not answer now: no network, offline, too slow, too busy
        └── Cancelled          the person stopped it

An error is a code and its values, as in `BadCorpus("corpus.empty", file=path.name)`. Its sentence, which says what is
wrong and what to do, stands in the catalogues with the page's other words (words.py): `str(error)` is the English one,
and the page shows it in the language it is on. Any other exception is a fault of the program, and its message is not
for the page.
"""

from collections.abc import Sequence
from typing import Self

from playground.words import Message


class PlaygroundError(Exception):
    """Raised through its children only; catch it to show `str(error)` to the person.

    code: of the sentence, in the catalogues (words.py). values: what fills its places, which may be another error.
    suggestions: names of models that the person may have meant; `str` ends with them.
    """

    def __init__(self, code: str, /, suggestions: Sequence[str] = (), **values: object) -> None:
        super().__init__(code)
        nested = {name: value.whole for name, value in values.items() if isinstance(value, PlaygroundError)}
        self.message = Message(code, values | nested)
        self.suggestions = tuple(suggestions)

    @property
    def code(self) -> str:
        return self.message.code

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, in English and without the suggestions."""
        return str(self.message)

    @property
    def whole(self) -> Message:
        """The sentence with the suggestions."""
        if not self.suggestions:
            return self.message
        return Message("error.meant", {"sentence": self.message, "names": self.suggestions})

    def suggesting(self, suggestions: Sequence[str]) -> Self:
        """The same error with these suggestions."""
        return type(self)(self.code, suggestions, **self.message.values)

    def __str__(self) -> str:
        return str(self.whole)


class BadInput(PlaygroundError):
    """Raised when a prompt, a setting or a parameter is out of range; names it, its range and the value."""


class UnknownModel(BadInput):
    """Raised when no checkpoint has the name that was asked for; lists the names that exist."""


class BadCheckpoint(PlaygroundError):
    """Raised when a checkpoint folder is missing a file, is damaged, or does not fit together."""


class BadCorpus(PlaygroundError):
    """Raised when a training text is empty, too short, or not UTF-8."""


class MemoryTaken(PlaygroundError):
    """Raised when the models that are in use leave no memory for another one; the same may work later."""


class HubError(PlaygroundError):
    """Raised when the Hub refuses, or has not, what was asked for, or when what it sent cannot be kept or trusted."""


class NotOnHub(HubError):
    """Raised when the Hub has no repository of that name, or does not show it to whoever asks."""


class Unreachable(HubError):
    """Raised when the Hub gives no answer now; the same may work later, or from the cache."""


class Cancelled(HubError):
    """Raised when the person stopped a fetch."""
