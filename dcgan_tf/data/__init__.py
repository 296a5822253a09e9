"""Folders to uint8 arrays."""
