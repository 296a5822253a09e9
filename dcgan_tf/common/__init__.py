"""Helpers that every other package may import; they import nothing but each other."""
