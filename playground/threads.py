"""How many threads a matrix product uses where the page is served: one, and this module alone sets it.

Steps of small models are fastest on one thread, visitors then share the cores evenly (engine/turns.py runs a few
threads for all of them), and the rows of a batch get the same bits in every thread. Training is a separate process: it
uses all cores.
"""

import os

ONE = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}


def limit_process() -> None:
    """One for NumPy and torch in this process. They read it at import: call this before."""
    os.environ.update(ONE)


def limit_this_thread() -> None:
    """One for torch in the calling thread, which has its own setting, even if torch is already imported."""
    import torch

    torch.set_num_threads(1)
