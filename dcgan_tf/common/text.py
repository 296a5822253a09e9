"""Text for people: values, errors, titles and paths as one line."""

import os
import re
import reprlib
import unicodedata
from pathlib import Path, PurePath

from dcgan_tf.common.errors import DcganError


def why(error: BaseException) -> str:
    """Return the message of an error in one line of at most 200 characters, without a final period."""
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:200].rstrip(". ")


# Characters that a terminal acts on instead of showing: control characters, line and paragraph ends, changes of the
# writing direction. A fixed list, not this Python's Unicode categories, so that names are the same everywhere.
CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def clean(name: str) -> str:
    """Return a file name as one line that is the same on all machines and can be printed and hashed."""
    # macOS gives decomposed letters; Linux may give bytes that are not UTF-8, line ends and escape codes.
    try:
        data = name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which a browser or Windows may give
        data = name.encode("utf-8", "replace")
    text = unicodedata.normalize("NFC", data.decode("utf-8", "replace"))
    return CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


LONGEST_TITLE = 500  # characters


def one_line(title: str) -> str:
    """Return a title, which may be any folder's name, as one line of printable characters of bounded length."""
    whole = title.encode(errors="replace").decode()  # names that are not UTF-8 hold lone surrogates
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in whole).split())
    return text if len(text) <= LONGEST_TITLE else f"{text[:LONGEST_TITLE]}..."


# A web address, or a local path up to its last part: "/home/me/", "C:\\Users\\me\\", "~me/", "../". A single slash
# ("/kiwi", "</b>") is not a path unless something before it says so.
PATH = re.compile(
    r"(?P<web>\bhttps?://[^\s,;\"'<>]+)"
    r"|(?:(?<![^\W_])(?:(?:file:|~(?:[A-Za-z_][\w.-]*)?|\.{1,2}|[A-Za-z]:|\\)[\\/](?=\S)|[\\/](?!\w*>)(?=\S.*[\\/]))"
    r"|[\\/](?=(?:home|[Uu]sers)[\\/]))(?:.*[\\/])?"
)


def cut_paths(line: str) -> str:
    """Replace each local path in the line by its last part; web addresses stay."""
    return PATH.sub(lambda found: found["web"] or "", line)


def in_utf8(field: str, path: str) -> str:
    """Return a path as text in which its bytes are UTF-8; raises `DcganError`, which names the field, if they are not.

    Without a UTF-8 locale, or for another encoding, Python gives halves of surrogate pairs, which no notebook can hold.
    """
    try:
        return os.fsencode(path).decode("utf-8")
    except UnicodeError:
        raise DcganError(f"`{field}` should be a path in UTF-8. Received: {shown(path)}. Rename that folder.") from None


def short(path: Path, root: Path) -> Path:
    """Return the path as a user would type it in the project's folder."""
    return path.relative_to(root) if path.is_relative_to(root) else path


def shown(value: object) -> str:
    """Return a received value as an error shows it: on one line, shortened if it is long."""
    shortener = reprlib.Repr()
    shortener.maxstring = shortener.maxother = 160
    shortener.maxlong = 40
    try:
        text = shortener.repr(str(value) if isinstance(value, PurePath) else value)
    except ValueError:  # Python refuses to write more than 4,300 digits
        text = f"a number of {value.bit_length():,} bits" if isinstance(value, int) else f"some {type(value).__name__}"
    text = " ".join(text.split())
    text = text if len(text) <= 200 else f"{text[:160]}..."  # lists of lists of long texts
    return text.strip("'") if isinstance(value, PurePath) else text
