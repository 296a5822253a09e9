"""Playing with a finished run: inversion, directions, blends, and the explore page."""
