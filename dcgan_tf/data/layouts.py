"""Finding the folders of a picture set by their names, down to a limited depth."""

import os
import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from dcgan_tf.data.listing import SYSTEM_FOLDERS, is_folder, is_picture

TRAINING_NAMES = ("training", "train")
TEST_NAMES = ("test", "testing", "validation", "valid", "val")
DEPTH = 3  # levels below a folder that are searched

# Entries of a folder that a search reads: a folder with more is not a wrapper around other folders.
MANY = 1000


def entries(place: Path) -> list[os.DirEntry]:
    """Return the entries of a folder by name (at most MANY of them), without hidden ones."""
    try:
        with os.scandir(place) as found:
            seen = [entry for entry in islice(found, MANY) if not entry.name.startswith(".")]
    except PermissionError:
        return []  # a search ignores locked folders; reading pictures lists them as skipped
    return sorted(seen, key=lambda entry: (entry.name.casefold(), entry.name))


def folders_in(place: Path) -> list[Path]:
    """Return the folders directly in a folder by name, without hidden and system ones."""
    return [
        place / entry.name
        for entry in entries(place)
        if is_folder(entry) and entry.name.casefold() not in SYSTEM_FOLDERS
    ]


def holds_pictures(place: Path) -> bool:
    """Return whether a picture file, by its name or by how it begins, is directly in a folder."""
    return any(not is_folder(entry) and is_picture(entry) for entry in entries(place))


def has_pictures(place: Path) -> bool:
    """Return whether a file with a picture's ending is in a folder or up to three levels below."""
    return any(holds_pictures(folder) for folder in search(place))


def children(place: Path, names: tuple[str, ...]) -> list[Path]:
    """Return the folders in `place` with one of the lower-case `names`, in any letter case, in the order of `names`."""
    try:
        with os.scandir(place) as found:  # all of it: there may be thousands of pictures beside these folders
            there = [entry for entry in found if entry.name.casefold() in names and is_folder(entry)]
    except PermissionError:
        return []
    return [place / entry.name for entry in sorted(there, key=lambda e: (names.index(e.name.casefold()), e.name))]


def child(place: Path, names: tuple[str, ...]) -> Path | None:
    """Return the first of `children`, or None."""
    return next(iter(children(place, names)), None)


def search(place: Path, skip: Path | None = None) -> Iterator[Path]:
    """Yield `place`, if it exists, and the folders up to three levels below it, level by level, without `skip`."""
    level = [place] if place.is_dir() else []
    for _ in range(DEPTH + 1):
        yield from level
        level = [inner for folder in level for inner in folders_in(folder) if inner != skip]


def splits_below(place: Path, skip: Path | None = None) -> Iterator[Path]:
    """Yield the folders with a Training or Train in them: `place` itself or up to three levels below."""
    level = [place] if place.is_dir() else []
    for _ in range(DEPTH + 1):
        plain = []
        for folder in level:
            if child(folder, TRAINING_NAMES):
                yield folder
            else:
                plain.append(folder)  # a split itself is not searched: it holds only classes, maybe hundreds
        level = [inner for folder in plain for inner in folders_in(folder) if inner != skip]


def unwrapped(place: Path) -> Path:
    """Return the first folder, from `place` downwards, that holds pictures or several folders."""
    for _ in range(DEPTH + 1):
        inner = folders_in(place)
        if len(inner) != 1 or holds_pictures(place) or not folders_in(inner[0]):
            return place
        place = inner[0]
    return place


def base_name(name: str) -> str:
    """Return a class name without its trailing number: "Kiwi" for "Kiwi 1" and "Kiwi_1"."""
    return re.sub(r"[ _]+\d+$", "", name.strip())


def key(name: str) -> str:
    """Return a name in a form for comparison that ignores letter case, underscores and the encoding of accents."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().replace("_", " ").split())
