"""Where the runs below a folder are, and texts out of them without the paths of this machine."""

import os
import re
from pathlib import Path

from dcgan_tf.render import one_line

DEEPEST = 6  # folders below outputs/ that a run may lie in
# An address of the web, or a path from a root, up to its last part: "/home/me/", "C:\\Users\\me\\", "~me/", "../". With
# one slash alone ("/kiwi", "</b>") it is none, unless something before says so.
PATH = re.compile(
    r"(?P<web>\bhttps?://[^\s,;\"'<>]+)"
    r"|(?:(?<![^\W_])(?:(?:file:|~(?:[A-Za-z_][\w.-]*)?|\.{1,2}|[A-Za-z]:|\\)[\\/](?=\S)|[\\/](?!\w*>)(?=\S.*[\\/]))"
    r"|[\\/](?=(?:home|[Uu]sers)[\\/]))(?:.*[\\/])?"
)
NOT_RUNS = ("samples", "checkpoint", "export")  # folders of a run that hold many files and no run


def find_run_folders(outputs: Path) -> tuple[list[Path], list[str]]:
    """Return the folders with a run.json, by name, and a sentence for each folder that cannot be opened.

    A link is followed to a run, never to what lies below a folder: so there is no going round in circles.
    """
    found: dict[Path, Path] = {}
    links: list[Path] = []
    problems = []
    waiting = [(outputs, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            with os.scandir(folder) as inside:
                entries = [entry for entry in inside if entry.name not in NOT_RUNS and not entry.name.startswith(".")]
            if any(entry.name == "run.json" for entry in entries):
                found[folder.resolve()] = folder
            links += [Path(entry.path) for entry in entries if entry.is_symlink()]
            deeper = [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            reason = error.strerror or type(error).__name__
            if folder != outputs or folder.exists():
                place = outputs.name if folder == outputs else f"{outputs.name}/{name_below(folder, outputs)}"
                problems.append(f"{place} should be a folder to be opened, but is not: {reason}.")
            continue
        waiting += [(each, depth + 1) for each in deeper if depth < DEEPEST]
    for link in sorted(links):
        if os.path.isfile(link / "run.json"):  # noqa: PTH113 - Path.is_file raises where nobody may look
            found.setdefault(link.resolve(), link)
    return sorted(found.values()), sorted(problems)


def name_below(folder: Path, outputs: Path) -> str:
    """Return what to call a folder on a page: the way to it from outputs/."""
    return one_line("/".join(folder.relative_to(outputs).parts) or outputs.name)


def cut_paths(line: str) -> str:
    """Return a line with of each path of a machine the last part alone; addresses of the web stay."""
    return PATH.sub(lambda found: found["web"] or "", line)
