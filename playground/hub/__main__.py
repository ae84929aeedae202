"""`python -m playground.hub`: publish a checkpoint or this app."""

import sys

from playground.hub.publish import main

sys.exit(main())
