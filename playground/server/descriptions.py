"""Gradio's descriptions of the page's blocks, built once.

Each gradio session keeps a description of every block, from which it could write a link to its content, and each
request of a program is its own session. Building the descriptions took half of the time of a short `/generate`.
"""

from __future__ import annotations

from typing import Any

from gradio.blocks import BlocksConfig

KEPT = "_description"  # the attribute of a block with its description: the fastest place to look it up


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
        return {**known, "props": dict(known["props"])}  # where a session records its own values
