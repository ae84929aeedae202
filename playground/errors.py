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

Every message is a clear sentence that says what is wrong and what to do. Any other exception is a
fault of the program, and its message is not for the page.
"""

from collections.abc import Sequence


class PlaygroundError(Exception):
    """Raised through its children only; catch it to show `str(error)` to the person.

    sentence: what is wrong and what to do. suggestions: names of models that the person may have meant; `str` ends
    with them.
    """

    def __init__(self, sentence: str = "", suggestions: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.suggestions = tuple(suggestions)

    def __str__(self) -> str:
        if not self.suggestions:
            return self.sentence
        return f"{self.sentence} Did you mean {' or '.join(self.suggestions)}?"


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
