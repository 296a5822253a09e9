"""Training images: folders of pictures to uint8 arrays, downloads, and the built-in picture sets."""
