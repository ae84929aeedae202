"""What the server's log may contain: where something failed and the kind of error, but nothing that a visitor typed.

The message of an exception can quote a prompt, as a KeyError's quotes its key; a traceback shows code but no values. So
the log has the traceback and the exception's class. Requests are not logged at all, because an address contains the
prompt too.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from typing import Any

TELLING = ("mcp",)  # quotes the messages that it cannot read


def without_values(error: BaseException) -> str:
    """An exception and its causes as a traceback without their messages."""
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
    """From now on every log record of this process, from any library, shows exceptions without values, and records of
    libraries that quote what clients send are dropped."""
    for name in TELLING:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    make = logging.getLogRecordFactory()
    if getattr(make, "keeps_values_out", False):
        return

    def record(*given: Any, **named: Any) -> logging.LogRecord:
        made = make(*given, **named)
        if made.exc_info and made.exc_info[1] is not None:
            # Formatters use this text where it is set, and otherwise write the exception with its message.
            made.exc_text = without_values(made.exc_info[1])
            if made.name == "asyncio":  # its further lines show the task, including the exception
                made.msg = str(made.msg).partition("\n")[0]
        return made

    record.keeps_values_out = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(record)
