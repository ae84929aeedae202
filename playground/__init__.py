"""Next-Character Playground: watch a small language model choose the next character."""

__version__ = "1.0.0"  # the project is not packaged, so the version is defined only here
