"""The run folder: reading it, checkpoints, and the pictures written into it."""
