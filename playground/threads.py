"""How many threads a product of matrices takes where the page is served: one, and that is said here and nowhere else.

Steps of small models are fastest on one thread, visitors then share the cores evenly (engine/turns.py has few threads
for all of them), and the rows of a batch are the same in every thread. Training is not served: it takes all cores.
"""

import os

ONE = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}


def one_for_all() -> None:
    """One for NumPy and torch in this process. They read it when they are imported: call it before."""
    os.environ.update(ONE)


def one_here() -> None:
    """One for torch in the calling thread, which has a number of its own, also where torch was imported before."""
    import torch

    torch.set_num_threads(1)
