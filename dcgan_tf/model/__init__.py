"""The two networks and how they are trained."""
