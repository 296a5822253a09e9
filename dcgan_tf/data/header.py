"""What a picture file says of itself, for people: format, size and mode."""

from typing import NamedTuple

from PIL import Image

SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that exchange width and height


class Header(NamedTuple):
    """Format, size and mode of a picture file."""

    format: str  # Pillow's name, such as "JPEG"
    width: int  # pixels
    height: int
    mode: str  # Pillow's, such as "RGB", "P" or "I;16"
    transparent: bool  # whether it has an alpha channel or a transparent colour
    turned: bool = False  # whether it had to be turned upright

    def upright(self, orientation: int) -> "Header":
        """Return the header of the picture turned upright, from its EXIF orientation."""
        width, height = (self.height, self.width) if orientation in SIDEWAYS else (self.width, self.height)
        return self._replace(width=width, height=height, turned=orientation != 1)


def header_of(file: Image.Image) -> Header:
    """Return the header of an opened picture; call it before `draft`, which changes size and mode."""
    name = "JPEG" if file.format == "MPO" else file.format or "?"  # MPO: a JPEG of a phone, with a second view
    return Header(name, file.width, file.height, file.mode, file.has_transparency_data)
