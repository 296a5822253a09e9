"""Evaluation: how good and how new generated pictures are."""
