"""The errors that the playground raises on purpose.

    PlaygroundError            something the user can fix; its message is safe to show
    ├── BadInput               a prompt, a setting or a parameter is out of range
    │   └── UnknownModel       no model has the requested name
    ├── BadCheckpoint          a checkpoint folder cannot be loaded
    ├── BadCorpus              a text cannot be trained on
    ├── MemoryFull             the models in use leave no memory for another one
    └── HubError               the Hugging Face Hub refuses or lacks what was requested, or an upload
        ├── NotOnHub           no repository has that name, or the caller may not see it
        ├── Unreachable        no answer for now: no network, offline, too slow, too busy
        └── Cancelled          the user stopped it

An error is a code with values, as in `BadCorpus("corpus.empty", file=path.name)`. Its sentence, which says what is
wrong and what to do, is in the catalogues with the page's other texts (words.py): `str(error)` is the English one, and
the page shows it in its current language. Any other exception is a bug, and its message is never shown on the page.
"""

from collections.abc import Sequence
from typing import Self

from playground.words import Message


class PlaygroundError(Exception):
    """Never raised itself, only its subclasses; catch it to show `str(error)` to the user.

    code: of the sentence in the catalogues (words.py). values: what fills its placeholders, possibly another error.
    suggestions: names of models that the user may have meant; `str` appends them.
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
        """What is wrong and what to do, in English, without the suggestions."""
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
    """Raised when no checkpoint has the requested name; lists the names that exist."""


class BadCheckpoint(PlaygroundError):
    """Raised when a checkpoint folder is missing a file, is damaged, or does not fit together."""


class BadCorpus(PlaygroundError):
    """Raised when a training text is empty, too short, or not UTF-8."""


class MemoryFull(PlaygroundError):
    """Raised when the models in use leave no memory for another one; a later attempt may succeed."""


class HubError(PlaygroundError):
    """Raised when the Hub refuses or lacks what was requested, or sent something that cannot be stored or trusted."""


class NotOnHub(HubError):
    """Raised when the Hub has no repository of that name, or the caller may not see it."""


class Unreachable(HubError):
    """Raised when the Hub does not answer for now; a later attempt, or the cache, may succeed."""


class Cancelled(HubError):
    """Raised when the user stopped a download."""
