"""What every app of the tests imports before its own modules: seconds of processor time for each start of one.

Nothing of the playground itself, which some tests change before it is imported.
"""

import gc
import importlib

import playground.ui  # noqa: F401  (says what gradio reads when it is imported)

for library in ("gradio", "gradio.mcp", "huggingface_hub", "safetensors.torch", "tokenizers"):
    importlib.import_module(library)
gc.freeze()  # so that the processes that begin from here go on sharing its memory
