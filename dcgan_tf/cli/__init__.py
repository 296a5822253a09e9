"""The command `dcgan-tf`."""
