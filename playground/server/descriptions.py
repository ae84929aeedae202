"""What gradio knows of the page's blocks, with each block described once.

Each session of gradio's keeps a description of every block, from which it could write a link to what it shows, and each
request of a program is a session of its own. To make the descriptions took half of the time of a short `/generate`.
"""

from __future__ import annotations

from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from gradio.blocks import Block, BlocksConfig


class Config(BlocksConfig):
    """Gradio's own, but for the descriptions, which are kept."""

    kept: ClassVar[WeakKeyDictionary[Block, dict[str, Any]]] = WeakKeyDictionary()

    def __copy__(self) -> Config:
        """A session's own, which gradio's would make one of its own class."""
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
        return {**known, "props": dict(known["props"])}  # where a session notes its own values
