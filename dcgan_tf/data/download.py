"""Real photos from Kaggle into `data/`, on request."""

import inspect
import os
import shutil
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from dcgan_tf.common.checks import check_choice
from dcgan_tf.common.errors import DcganError
from dcgan_tf.data.layouts import folders_in, unwrapped
from dcgan_tf.data.listing import list_pictures
from dcgan_tf.data.sets import KIWI, search_fruit, search_vehicles


class _Source(NamedTuple):
    handle: str  # on Kaggle
    folder: str  # below data/
    licence: str


class _Found(NamedTuple):
    folder: Path
    about: str  # one line: number of pictures, classes and folder


SOURCES = {
    "kiwi": _Source("moltean/fruits", "fruits-360", "Fruits-360 by Mihai Oltean, CC BY-SA 4.0"),
    "vehicles": _Source("mohamedmaher5/vehicle-classification", "vehicles", "CC0 (public domain)"),
}

WITHOUT = "Without it, training takes the built-in pictures."


def download(name: str, data: Path) -> Path:
    """Download "kiwi" (Fruits-360) or "vehicles" from Kaggle, unless it is there; return the folder of the set.

    That is the folder of the class Kiwi, or the one that holds a folder per class of vehicles, where `find_fruit` and
    `find_vehicles` find it. Prints what was downloaded and its licence. Raises `DcganError` for another name, without
    kagglehub, network or access, and if the download does not hold the expected pictures.
    """
    check_choice("name", name, tuple(SOURCES))
    source = SOURCES[name]
    there = _find(name, data)
    if there:
        print(f"Already downloaded: {there.about}")
        return there.folder
    target = data / source.folder
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise DcganError(f"{target} already holds other files. Move them away before the download.")
    _fetch(source, target)
    there = _find(name, data)
    if not there:
        raise DcganError(f"{_page(source)} no longer holds the pictures of `{name}`. Look into {target}.")
    print(f"Downloaded: {there.about}")
    print(f"Licence: {source.licence}; {_page(source)}")
    return there.folder


def _find(name: str, data: Path) -> _Found | None:
    """Return the set in `data`, or None if it is not there."""
    if name == "vehicles":
        photos = search_vehicles(data, skip=data / "rendered")
        if not photos:
            return None
        folder = unwrapped(photos)
        classes = folders_in(folder)
        names = ", ".join(place.name for place in classes)
        number = len(list_pictures(folder).files)
        return _Found(folder, f"{number:,} pictures, {len(classes)} classes ({names}), in {folder}")
    fruit = search_fruit(data, KIWI, skip=data / "rendered")
    if not fruit:
        return None
    folder = fruit.train[0]
    train, test = (sum(len(list_pictures(place).files) for place in part) for part in (fruit.train, fruit.test))
    names, others = ", ".join(place.name for place in fruit.train), len(folders_in(folder.parent))
    return _Found(folder, f"{train:,} training and {test:,} test pictures, class {names} of {others}, in {folder}")


def _fetch(source: _Source, target: Path) -> None:
    """Download a set to `target`, which appears only when it is complete."""
    try:
        import kagglehub
        import kagglehub.exceptions
    except ImportError:
        raise DcganError(
            f"A download needs the package kagglehub. Install it with `pip install kagglehub`. {WITHOUT}"
        ) from None
    draft = target.with_name(f".{target.name}-download")
    shutil.rmtree(draft, ignore_errors=True)  # what a killed download left
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if "output_dir" in inspect.signature(kagglehub.dataset_download).parameters:
            came = Path(kagglehub.dataset_download(source.handle, output_dir=str(draft)))
        else:  # kagglehub below 1.0
            came = Path(kagglehub.dataset_download(source.handle))
        _check_links(source, came)
        _put(came, draft, target)
    except DcganError:
        raise
    except _errors(kagglehub.exceptions) as error:
        raise DcganError(_no_access(source, target, error)) from error
    except KeyboardInterrupt:
        raise KeyboardInterrupt("The download was stopped, and nothing of it was kept. Run the same again.") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _put(came: Path, draft: Path, target: Path) -> None:
    """Move or link the downloaded folder `came` to `target`."""
    if target.is_dir():
        target.rmdir()  # checked to be empty
    if came != draft:
        try:  # the cache of kagglehub, or a folder that Colab or Kaggle mounted
            target.symlink_to(came.resolve(), target_is_directory=True)
            return
        except OSError:  # Windows allows links to administrators only
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(came, draft)
    draft.rename(target)


def _check_links(source: _Source, folder: Path) -> None:
    """Raise `DcganError` for a link out of the download: old versions of kagglehub unpack such links."""
    top = folder.resolve()
    waiting = [top]
    while waiting:
        with os.scandir(waiting.pop()) as entries:  # scandir needs no system call per file, of perhaps 100,000
            for entry in entries:
                if entry.is_symlink():
                    if not _leads_below(Path(entry.path), top):
                        raise DcganError(
                            f"The download from {_page(source)} was refused: it holds a link out of its folder, "
                            f"{entry.name!r}. {WITHOUT}"
                        )
                elif entry.is_dir():
                    waiting.append(Path(entry.path))


def _leads_below(link: Path, top: Path) -> bool:
    try:
        return link.resolve().is_relative_to(top)
    except (OSError, RuntimeError):  # links in a circle
        return False


def _errors(exceptions: ModuleType) -> tuple[type[Exception], ...]:
    """Return the errors of a failed download: kagglehub's own, network and disk (OSError), damaged archives."""
    values = vars(exceptions).values()  # their number differs between the versions
    own = [kind for kind in values if isinstance(kind, type) and issubclass(kind, Exception)]
    return (*own, OSError, ValueError, EOFError, zipfile.BadZipFile, tarfile.TarError)


def _no_access(source: _Source, target: Path, error: Exception) -> str:
    """Return the error message for a failed download: the reason, and how to download by hand."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    lines = str(error).strip().splitlines()
    if status in (401, 403):
        reason = f"Kaggle refused access, HTTP {status}"
    elif status:
        reason = f"Kaggle answered HTTP {status}"
    elif "Connection" in type(error).__name__ or "Timeout" in type(error).__name__:
        reason = "no connection to Kaggle"
    else:
        reason = f"{type(error).__name__}: {lines[0][:120]}" if lines else type(error).__name__
    return (
        f"{source.handle} could not be downloaded ({reason}). Download it by hand from {_page(source)} and unpack it "
        f"into {target}. {WITHOUT}"
    )


def _page(source: _Source) -> str:
    return f"https://www.kaggle.com/datasets/{source.handle}"
