"""Gradio's descriptions of the page's blocks, built once.

Each gradio session keeps a description of every block, from which it could write a link to its content, and each
request of a program is its own session. Building the descriptions took half of the time of a short `/generate`.
"""

from __future__ import annotations

from typing import Any

from gradio.blocks import BlocksConfig

KEPT = "_description"  # the attribute of a block with its description: the fastest place to look it up


class Description(dict[str, Any]):
    """One session's description of a block. Its properties are copied when they are first read, as the session may
    record its own values there."""

    __slots__ = ("_copied",)

    def __getitem__(self, key: str) -> Any:
        if key == "props" and not hasattr(self, "_copied"):
            self._copied = True
            self["props"] = dict(super().__getitem__("props"))
        return super().__getitem__(key)


class Config(BlocksConfig):
    """Gradio's own class, with cached descriptions."""

    def __copy__(self) -> Config:
        """A session's copy, which gradio would make an instance of its own class."""
        copied: Config = super().__copy__()
        copied.__class__ = Config
        return copied

    @staticmethod
    def config_for_block(_id: int, rendered_ids: list[int], block: Any, renderable: Any = None) -> dict[str, Any]:
        if renderable is not None:
            return BlocksConfig.config_for_block(_id, rendered_ids, block, renderable)
        known = block.__dict__.get(KEPT)
        if known is None:
            known = block.__dict__[KEPT] = BlocksConfig.config_for_block(_id, rendered_ids, block)
        return Description(known)
