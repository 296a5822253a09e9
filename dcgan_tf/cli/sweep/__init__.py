"""`dcgan-tf sweep`: many runs of one notebook, side by side on one machine or on a cluster."""
