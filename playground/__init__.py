"""Next-Character Playground: watch a small language model choose the next character."""

__version__ = "1.0.0"  # nothing is packaged, so it stands here and nowhere else
