"""As much of Colab's own package as the notebooks use; tests put it into the machines that they make."""

from google.colab import drive, output

__all__ = ["drive", "output"]
