"""A checkpoint on disk: its config, its weights, its card, and the folder that holds them.

`load` and `available` are the public names of `playground.library`, which knows names, the Hub and memory. They are
imported lazily, because the library is above this package.
"""

from typing import Any

PUBLIC = ("available", "load")


def __getattr__(name: str) -> Any:
    if name in PUBLIC:
        from playground import library

        return getattr(library, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
