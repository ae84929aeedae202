"""The page. Gradio lives here and nowhere else.

Settings that libraries read at import come first.
"""

import os

from playground import threads

threads.limit_process()

# After each event gradio computes statistics of the last 10,000 for a page of its own that nobody here opens, which
# takes longer than the event. It reads this setting when a page is built; a value set by the user is kept.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))  # events between two computations
