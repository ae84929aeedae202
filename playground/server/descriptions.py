"""Gradio's descriptions of the page's blocks, built once.

Each gradio session keeps a description of every block, from which it could write a link to its content, and each
request of a program is its own session. Building the descriptions took half of the time of a short `/generate`.
"""

from __future__ import annotations

from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from gradio.blocks import Block, BlocksConfig


class Config(BlocksConfig):
    """Gradio's own class, with cached descriptions."""

    kept: ClassVar[WeakKeyDictionary[Block, dict[str, Any]]] = WeakKeyDictionary()

    def __copy__(self) -> Config:
        """A session's copy, which gradio would make an instance of its own class."""
        copied: Config = super().__copy__()
        copied.__class__ = Config
        return copied

    @staticmethod
    def config_for_block(_id: int, rendered_ids: list[int], block: Any, renderable: Any = None) -> dict[str, Any]:
        if renderable is not None:
            return BlocksConfig.config_for_block(_id, rendered_ids, block, renderable)
        known = Config.kept.get(block)
        if known is None:
            known = Config.kept[block] = BlocksConfig.config_for_block(_id, rendered_ids, block)
        return {**known, "props": dict(known["props"])}  # where a session records its own values
