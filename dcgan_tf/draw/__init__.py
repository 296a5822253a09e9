"""Arrays to pictures, curves, films and pages. Knows nothing of runs."""
