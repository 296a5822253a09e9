"""Sharing finished runs: exports, model cards and the gallery."""
