"""The page. Gradio lives here and nowhere else.

What libraries read when they are imported is said first.
"""

import os

from playground import threads

threads.one_for_all()

# After each event gradio works out the statistics of the last 10,000 for a page of its own that nobody here opens,
# which takes longer than the event. It reads these when a page is built; whoever set them otherwise wants them so.
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**12))  # events from one working out to the next
