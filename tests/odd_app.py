"""`app.py` with another folder of checkpoints: `ODD_CHECKPOINTS=… python -m tests.odd_app`."""

import os
import runpy
from pathlib import Path

from playground import library


def main() -> None:
    """Point the app elsewhere, and run it."""
    library.BUNDLED = Path(os.environ["ODD_CHECKPOINTS"])
    runpy.run_path("app.py", run_name="__main__")


if __name__ == "__main__":
    main()
