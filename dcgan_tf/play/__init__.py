"""Finished runs to play with."""
