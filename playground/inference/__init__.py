"""What a model is asked: to read a prompt, to write on, to score a text. Each is a walk over `advance`."""
