"""The Hugging Face Hub: what is there under a name, what of it is fetched, and what is published.

    python -m playground.hub publish FOLDER owner/name [--private] [--dry-run]
    python -m playground.hub space owner/name [--private] [--dry-run]
"""
