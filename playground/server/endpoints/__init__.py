"""The named endpoints for programs, one per file. Each takes and returns plain JSON."""
