"""The command `dcgan-tf`: its subcommands, and one sentence for a mistake."""

import difflib
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from dcgan_tf.cli import runs
from dcgan_tf.cli.notebooks import NOTEBOOKS, options_of, run_notebook
from dcgan_tf.cli.options import Option, describe, how_to_say, read_values
from dcgan_tf.cli.surroundings import lasting_output, settings_of_our_own
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown
from dcgan_tf.common.version import __version__

Act = Callable[[dict[str, object]], int]  # takes the values of a command's options, returns the exit status


class Command(NamedTuple):
    """A subcommand: a line of help, its options, and the function that takes their values."""

    about: str
    options: Callable[[], Sequence[Option]]
    act: Act
    first: str = ""  # the option that a first word without a name gives


COMMANDS = {
    f"run {kind}": Command(notebook.about, partial(options_of, kind), partial(run_notebook, kind))
    for kind, notebook in NOTEBOOKS.items()
} | {
    "sweep": Command(
        "Run a notebook many times, with other parameters and seeds, on this machine or on a Ray cluster",
        lambda: [runs.SWEEP],
        runs.sweep,
        first="sweep",
    ),
    "doctor": Command(
        "Look at a folder of pictures before training: what is there, and which settings fit",
        runs.doctor_options,
        runs.doctor,
        first="data",
    ),
    "explore": Command("Play with a finished run in the browser", lambda: [runs.RUN], runs.explore),
    "export": Command("Write a run's generator as SavedModel, ONNX and LiteRT", lambda: [runs.RUN], runs.export),
    "gallery": Command("Collect the finished runs below outputs/ into one page", list, runs.gallery),
    "download kiwi": Command("Download Fruits-360 from Kaggle into data/", list, partial(runs.download, "kiwi")),
    "download vehicles": Command(
        "Download Vehicle Classification from Kaggle into data/", list, partial(runs.download, "vehicles")
    ),
}


def main(arguments: Sequence[str] | None = None, acts: Mapping[str, Act] = MappingProxyType({})) -> int:
    """Run a command and return the exit status: 2 after a mistake, 130 after Ctrl-C.

    `arguments` are the words after `dcgan-tf`; None for those that this process was started with. `acts` are functions
    for some commands, in place of their own.
    """
    with lasting_output():
        return _run(list(sys.argv[1:] if arguments is None else arguments), acts)


def _run(words: Sequence[str], acts: Mapping[str, Act]) -> int:
    """Run a command, print what went wrong, and return the exit status."""
    options: Sequence[Option] = ()
    given: dict[str, object] = {}
    try:
        name, rest = _split(words)
        if words[:1] == ["--version"]:
            print(f"dcgan-tf {__version__}")
        elif name not in COMMANDS:
            print(_overview(name, rest))
        else:
            options = COMMANDS[name].options()
            if _asks_help(rest):
                print(f"{COMMANDS[name].about}.\n\n{describe(options) or '  It takes no options.'}")
            else:
                given = read_values(name, options, rest, COMMANDS[name].first)
                with settings_of_our_own():
                    return acts.get(name, COMMANDS[name].act)(given)
        return 0
    except DcganError as error:
        print(f"{error}{how_to_say(str(error), options, given)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as interrupt:
        nothing_lost = "Stopped before training began; nothing was lost." if words[:1] == ["run"] else "Stopped."
        print(str(interrupt) or nothing_lost, file=sys.stderr)
        return 130


def _split(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the subcommand or group, such as "run", at the beginning of the words, or "", and the other words."""
    known = {*COMMANDS, *(name.split()[0] for name in COMMANDS)}
    for count in (2, 1):
        name = " ".join(words[:count])
        if name in known:
            return name, words[count:]
    return "", words


def _asks_help(words: Sequence[str]) -> bool:
    return "-h" in words or "--help" in words


def _overview(group: str, rest: Sequence[str]) -> str:
    """Return the help on all commands, or on a group such as "run"; raises `DcganError` if no help is asked for."""
    names = [name for name in COMMANDS if name.startswith(group)]
    if not _asks_help(rest):
        ends = [name.removeprefix(f"{group} ") for name in names]
        near = difflib.get_close_matches(rest[0][:80], ends, n=2) if rest else []
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise DcganError(
            f"`{f'dcgan-tf {group}'.strip()}` should be followed by one of: {', '.join(ends)}. "
            f"Received: {shown(rest[0]) if rest else 'nothing'}.{hint}"
        )
    return "\n".join(
        ["Train a GAN on a small folder of pictures.", "",
         *(f"  dcgan-tf {name:<20} {COMMANDS[name].about}" for name in names), "",
         "dcgan-tf COMMAND --help lists the options of a command, dcgan-tf --version prints the version.",
         "Options: --kimg 20, --kimg=20 or KIMG=20, or the variable KIMG in the environment."]
    )  # fmt: skip
