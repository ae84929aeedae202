"""What the server's log may hold: where something broke and of what kind, and nothing that a visitor typed.

The message of an exception can quote a prompt, as that of a KeyError does its key; a traceback shows code, no values.
So the log has the traceback and the kind. Requests are not logged at all: an address holds the prompt too.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any

TELLING = ("mcp",)  # it quotes the messages that it cannot read


def without_values(error: BaseException) -> str:
    """An exception, and those that it came from, as a traceback without their messages."""
    return "\n".join(_parts(error, set()))


def _parts(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield from _parts(before, seen)
        yield "and then"
    for other in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _parts(other, seen)
        yield "in a group"
    yield "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__


def keep_values_out() -> None:
    """From now on all records of this process, of whichever library, have their exceptions without values, and none of
    a library that tells what clients send is kept."""
    for name in TELLING:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    make = logging.getLogRecordFactory()
    if getattr(make, "keeps_values_out", False):
        return

    def record(*given: Any, **named: Any) -> logging.LogRecord:
        made = make(*given, **named)
        if made.exc_info and made.exc_info[1] is not None:
            # Formatters write this where it is there, and else the exception with its message.
            made.exc_text = without_values(made.exc_info[1])
            if made.name == "asyncio":  # on its further lines is the task, with the exception in it
                made.msg = str(made.msg).partition("\n")[0]
        return made

    record.keeps_values_out = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(record)
