"""Next-Character Playground: watch a small language model choose the next character."""
