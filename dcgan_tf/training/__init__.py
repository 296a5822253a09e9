"""`train`: the loop, what it writes, and what it shows."""
