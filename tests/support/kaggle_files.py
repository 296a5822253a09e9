"""What the two Kaggle data sets hold, in short."""

import io

from PIL import Image

KIWI_FILES = (
    "fruits-360_100x100/fruits-360/Training/Kiwi 1/0_100.jpg",
    "fruits-360_100x100/fruits-360/Training/Kiwi 1/1_100.jpg",
    "fruits-360_100x100/fruits-360/Training/Banana 1/0_100.jpg",
    "fruits-360_100x100/fruits-360/Test/Kiwi 1/r_0_100.jpg",
)
VEHICLE_FILES = ("Vehicles/Cars/1.jpg", "Vehicles/Cars/2.jpg", "Vehicles/Trains/1.jpg")
FILES = {"moltean/fruits": KIWI_FILES, "mohamedmaher5/vehicle-classification": VEHICLE_FILES}


def picture() -> bytes:
    """Return the bytes of a small JPEG."""
    buffer = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(buffer, "JPEG")
    return buffer.getvalue()
