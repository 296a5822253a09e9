"""Finding the folders of a picture set by its name: photos if there are any, else the built-in pictures."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dcgan_tf.common.checks import check_number, check_path
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import clean
from dcgan_tf.data.images import LEAST_UNSEEN, MOST_HELD_OUT, ImageSet, check_folder, hold_out, load_images
from dcgan_tf.data.layouts import (
    TEST_NAMES,
    TRAINING_NAMES,
    base_name,
    child,
    children,
    folders_in,
    has_pictures,
    holds_pictures,
    key,
    search,
    splits_below,
    unwrapped,
)
from dcgan_tf.data.listing import SYSTEM_FOLDERS, absolute, is_folder, is_picture, list_pictures
from dcgan_tf.data.packing import CACHE
from dcgan_tf.data.ranges import Range

KIWI = "Kiwi"


@dataclass(frozen=True)
class PictureFolders:
    """The folders of one picture set."""

    name: str  # "Kiwi", "Apple Braeburn", "vehicles", or that of the user's own folder
    source: str  # "Fruits-360", "rendered" (the built-in pictures) or "folder"
    train: tuple[Path, ...]
    test: tuple[Path, ...]  # held-out images; without any, some of the training images are held out
    notes: tuple[str, ...] = ()  # sentences on pictures that are in neither

    @property
    def title(self) -> str:
        """The name of the set in figures, such as "Kiwi (rendered)" or "vehicles (own folder)"."""
        return f"{self.name} ({'own folder' if self.source == 'folder' else self.source})"


def find_fruit(data: str = "", fruit: str = KIWI, root: Path = Path()) -> PictureFolders:
    """Find one fruit of Fruits-360, in Training and Test; without photos, draw the built-in kiwis.

    `data` is a folder relative to `root`, the project's folder: one that contains Fruits-360, or any of its folders
    down to that of a class; "" searches `root/data`. `fruit` is the class in any letter case: "Kiwi" means "Kiwi",
    "Kiwi 1" and so on, "Kiwi 1" only that one. Raises `DcganError` if the folder or the fruit does not exist.
    """
    home = Path(root) / "data"
    rendered = home / "rendered"
    if data:
        found = _fruit_in(_given(data, root), fruit)
        inside = rendered.resolve() in found.train[0].resolve().parents
        return replace(found, source="rendered") if inside else found
    photos = search_fruit(home, fruit, skip=rendered)
    if photos:
        return photos
    if key(fruit) == key(KIWI):
        from dcgan_tf.data.rendered import render_kiwis  # slow to import, and not needed if there are photos

        return replace(_fruit_in(render_kiwis(rendered / "kiwi", seed=0), KIWI), source="rendered")
    if any("360" in str(split) for split in splits_below(home, skip=rendered)):
        raise _no_such_fruit(home, fruit, skip=rendered)
    raise DcganError(
        f"`fruit` should be Kiwi as long as there is no Fruits-360 in {home}. Received: {fruit!r}. Download "
        "Fruits-360, or name its folder as `data`."
    )


def fruit_names(data: str = "", root: Path = Path()) -> list[str]:
    """Return the names of all classes of Fruits-360 in `data`, or below `root/data`, with their numbers.

    Raises `DcganError` if there are none.
    """
    place = _given(data, root) if data else Path(root) / "data"
    trainings = [child(split, TRAINING_NAMES) for split in splits_below(place, skip=Path(root) / "data" / "rendered")]
    names = sorted({folder.name for training in trainings for folder in folders_in(training) if holds_pictures(folder)})
    if not names:
        raise DcganError(f"There is no Fruits-360 in {place}. Download it, or name its folder as `data`.")
    return names


def find_vehicles(data: str = "", root: Path = Path()) -> PictureFolders:
    """Find photos of vehicles, one folder per class, with their split into train and test if there is one.

    `data` is their folder, relative to `root`; "" for a folder below `root/data` whose name begins with "vehicle", or
    else the built-in vehicles, which are drawn. Raises `DcganError` if the folder does not exist.
    """
    home = Path(root) / "data"
    if data:
        return _own("vehicles", _given(data, root))
    photos = search_vehicles(home, skip=home / "rendered")
    if photos:
        return _own("vehicles", photos)
    from dcgan_tf.data.rendered import render_vehicles  # slow to import, and not needed if there are photos

    return replace(_own("vehicles", render_vehicles(home / "rendered" / "vehicles", seed=0)), source="rendered")


def find_folder(data: str, root: Path = Path()) -> PictureFolders:
    """Return any folder of pictures, relative to `root`, with its split into train and test if there is one.

    Raises `DcganError` if the folder does not exist.
    """
    folder = _given(data, root)
    return _own(absolute(folder).name, folder)


def count_pictures(folders: PictureFolders) -> int:
    """Return the number of training images (before any are held out), counted by file names without decoding."""
    return sum(not file.problem and bool(Path(file.name).suffix) for file in list_pictures(*folders.train).files)


def load_split(
    folders: PictureFolders,
    *,
    image_size: int | str | tuple[int, int],
    channels: int,
    resize: str = "crop",
    limit: int | None = None,
    background: str = "white",
    held_out: float = 0.1,
    cache: str = "auto",
    root: Path = Path(),
) -> tuple[ImageSet, ImageSet]:
    """Read a picture set as training images and held-out images, which share no file.

    `image_size`, `channels`, `resize`, `background` and `cache` are as for `load_images`, which keeps decoded pictures
    in `data/cache` below `root`, the project's folder. At most `limit` files are read from the training folders, and
    from the test folders. Without test folders, a share `held_out` (0 to 0.999) of the training images is held out,
    unless that is fewer than 20 images, too few for a score.

    Raises `DcganError` as `load_images` and `hold_out` do.
    """
    held_out = check_number("held_out", held_out, 0.0, MOST_HELD_OUT)

    def read(part: tuple[Path, ...], ranges: Mapping[str, Range]) -> ImageSet:
        images = load_images(
            part, image_size=image_size, channels=channels, resize=resize, limit=limit, background=background,
            ranges=ranges, cache=cache, cache_folder=Path(root) / CACHE,
        )  # fmt: skip
        return replace(images, title=folders.title, source=folders.source)

    images = read(folders.train, {})
    images = replace(images, notes=(*images.notes, *folders.notes))
    if folders.test:
        unseen = read(folders.test, images.ranges)
        told = [f"Held-out images: {note}" for note in unseen.notes]
        told += [f"Held-out images: {len(unseen.skipped):,} skipped."] if unseen.skipped else []
        return replace(images, notes=(*images.notes, *told)), unseen
    rest, unseen = hold_out(images, held_out)
    return (rest, unseen) if len(unseen) >= LEAST_UNSEEN else (images, images.subset([]))


def search_vehicles(place: Path, skip: Path | None = None) -> Path | None:
    """Return the first folder of pictures below `place` whose name begins with "vehicle", or None."""
    for folder in search(place, skip):
        if folder != place and folder.name.casefold().startswith("vehicle") and has_pictures(folder):
            return folder
    return None


def search_fruit(place: Path, fruit: str, skip: Path | None = None) -> PictureFolders | None:
    """Return the folders of a fruit from the first split at or below `place` that has it, or None."""
    for split in splits_below(place, skip):
        training = child(split, TRAINING_NAMES)
        train = _matching(training, fruit)
        if train:
            # train/kiwi may be from anywhere; Fruits-360 spells it Training.
            source = "Fruits-360" if training.name.casefold() == "training" or "360" in str(split) else "folder"
            name = train[0].name if base_name(fruit) != fruit.strip() else base_name(train[0].name)
            return PictureFolders(name, source, train, _tests_beside(training, train))
    return None


def _fruit_in(folder: Path, fruit: str) -> PictureFolders:
    """Return the fruit's folders, given a folder that contains the split, or any below it down to that of the class."""
    full = absolute(folder)
    if holds_pictures(full) and (key(base_name(fruit)) in (key(KIWI), key(base_name(full.name)))):
        # The folder of a class. If `fruit` has its default, Kiwi, the folder's name counts.
        in_split = full.parent.name.casefold() in TRAINING_NAMES
        test = _tests_beside(full.parent, (full,)) if in_split else ()
        return PictureFolders(full.name, "Fruits-360" if in_split else "folder", (folder,), test)
    place = full.parent if full.name.casefold() in TRAINING_NAMES else folder
    found = search_fruit(place, fruit)
    if found:
        return found
    loose = _matching(folder, fruit)
    if loose:
        return PictureFolders(base_name(loose[0].name), "folder", loose, ())
    raise _no_such_fruit(place, fruit)


def _matching(place: Path, fruit: str) -> tuple[Path, ...]:
    """Return the class folders for a fruit's name: one if the name has a number, else those with any number."""
    wanted = key(fruit)
    numbered = base_name(fruit) != fruit.strip()
    names = {folder: folder.name if numbered else base_name(folder.name) for folder in folders_in(place)}
    return tuple(folder for folder, name in names.items() if key(name) == wanted and holds_pictures(folder))


def _tests_beside(training: Path, train: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the folders of the same classes in Test, Validation and so on beside Training."""
    wanted = {key(folder.name) for folder in train}
    found = [folder for test in children(training.parent, TEST_NAMES) for folder in folders_in(test)]
    return tuple(folder for folder in found if key(folder.name) in wanted and holds_pictures(folder))


def _no_such_fruit(place: Path, fruit: str, skip: Path | None = None) -> DcganError:
    """Return the error for a fruit that no split in `place` has, with the nearest names."""
    trainings = [child(split, TRAINING_NAMES) for split in splits_below(place, skip)]
    names = sorted({folder.name for training in trainings for folder in folders_in(training)})
    if not names:
        return DcganError(
            f"There is no Training/{fruit} or Training/{fruit} 1 in {place}. Name a folder of Fruits-360 as `data`."
        )
    wanted = key(fruit)
    by_key = {key(name): name for name in names}
    alike = [by_key[near] for near in difflib.get_close_matches(wanted, by_key, n=5, cutoff=0.5)]
    inside = [name for name in names if wanted in key(name) or key(base_name(name)) in wanted]
    near = list(dict.fromkeys(alike + inside))[:5] or names[:5]
    return DcganError(
        f"`fruit` should be one of the {len(names)} classes in {place}, such as {', '.join(near)}. Received: {fruit!r}."
    )


def _own(name: str, folder: Path) -> PictureFolders:
    """Return a folder of pictures, split if it has both parts (Train alone may be a class of trains)."""
    inner = unwrapped(folder)
    train, test = (
        tuple(part for part in children(inner, names) if has_pictures(part)) for names in (TRAINING_NAMES, TEST_NAMES)
    )
    if train and test:
        return PictureFolders(name, "folder", train, test, _beside(inner, (*train, *test)))
    return PictureFolders(name, "folder", (folder,), ())


def _beside(place: Path, parts: tuple[Path, ...]) -> tuple[str, ...]:
    """Return a sentence on the pictures in a split folder that are in none of its parts."""
    found = [entry for entry in os.scandir(place) if not entry.name.startswith(".")]
    listed = {
        f"{entry.name}/": len(list_pictures(Path(entry.path)).files)
        for entry in sorted(found, key=lambda entry: entry.name)
        if is_folder(entry) and place / entry.name not in parts and entry.name.casefold() not in SYSTEM_FOLDERS
    }
    listed[""] = sum(is_picture(entry) and not is_folder(entry) for entry in found)
    named = [f"{count:,} in {name}" if name else f"{count:,} loose" for name, count in listed.items() if count]
    where = ", ".join(f"{part.name}/" for part in parts)
    return (clean(f"Pictures beside {where} are left out: {', '.join(named)}."),) if named else ()


def _given(data: str, root: Path) -> Path:
    """Return the folder that `data` names; raises `DcganError` if it does not exist."""
    if not data:
        raise DcganError("`data` is empty. Name a folder of pictures.")
    check_path("data", data)
    folder = Path(root) / Path(data).expanduser()
    check_folder("data", folder)
    return folder
