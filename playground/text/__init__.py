"""Texts and symbols: how a text becomes ids, as characters or as tokens, and how ids become text again."""
