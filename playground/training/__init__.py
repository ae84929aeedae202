"""How the bundled checkpoints were trained: texts, recipes, the training loop, and its records.

    python -m playground.training RECIPE --text FILE
    python -m playground.training.sweep RECIPE --text FILE
"""
