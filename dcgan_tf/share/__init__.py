"""Finished runs for others."""
