"""The Hugging Face Hub: lookup, download and publishing.

    python -m playground.hub publish FOLDER owner/name [--private] [--dry-run]
    python -m playground.hub space owner/name [--private] [--dry-run]
"""
