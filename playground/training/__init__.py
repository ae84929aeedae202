"""How the bundled checkpoints came about: texts, recipes, the training loop, and what is recorded of it.

    python -m playground.training RECIPE --text FILE
    python -m playground.training.sweep RECIPE --text FILE
"""
