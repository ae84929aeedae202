"""Inference: prefill, generation, scoring and other queries, all built on `advance`."""
