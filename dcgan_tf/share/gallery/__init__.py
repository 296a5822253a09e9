"""The gallery: all finished runs on one page."""
