"""Arrays to pictures, curves and films."""
