"""`python -m playground.training`: train one checkpoint."""

import sys

from playground.training.train import main

sys.exit(main())
