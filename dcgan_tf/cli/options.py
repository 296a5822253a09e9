"""Options of a command: `--kimg 20`, `--kimg=20`, `KIMG=20`, or `KIMG` alone for a value in the environment.

argparse supports no NAME=VALUE, and prints its usage after a mistake instead of a sentence.
"""

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import one_line, shown

SHORT = {"image_size": "size", "batch_size": "batch"}  # other names of options
TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


class Option(NamedTuple):
    """An option of a command; a parameter of a notebook has the same name."""

    name: str  # such as image_size, typed as --image-size or IMAGE_SIZE
    kind: str  # "int", "float", "str" or "bool"
    default: object
    help: str

    @property
    def names(self) -> tuple[str, ...]:
        """The name, after its short form if it has one."""
        return (SHORT[self.name], self.name) if self.name in SHORT else (self.name,)


def read_values(command: str, options: Sequence[Option], words: Sequence[str], first: str = "") -> dict[str, object]:
    """Return the values of options from the words, or else from the environment, each in the type of its option.

    A first word that is no option and names none is the value of the option `first`, if there is one. Values from the
    environment are printed. Raises `DcganError` for an unknown name or a value of another type.
    """
    known = {name: option for option in options for name in option.names}
    given: dict[str, object] = {}
    if first and words and _is_bare(words[0], known):
        given[first], words = words[0], words[1:]
    waiting = list(reversed(words))
    while waiting:
        said, equals, text = waiting.pop().partition("=")
        option, following = known.get(_plain(said)), waiting[-1] if waiting else "--"
        if option is None:
            raise DcganError(_unknown(command, said, known))
        if not equals and not said.startswith("-"):  # from make: the environment keeps quotes and spaces
            text = os.environ.get(said, "")
        elif not equals and option.kind == "bool" and following.startswith("--"):
            text = "true"
        elif not equals and not waiting:
            raise DcganError(f"`{shown(said)[1:-1]}` needs a value.")
        elif not equals:
            text = waiting.pop()
        given[option.name] = _convert(said, text, option.kind)
    return _from_environment(known, given) | given


def _is_bare(word: str, known: Mapping[str, Option]) -> bool:
    """Return whether a word is a value without a name; a folder may be called DCIM or a=b."""
    if word.startswith("-") or _plain(word.partition("=")[0]) in known:
        return False
    return not re.match(r"[A-Z0-9_]+(=|$)", word) or os.path.exists(word)  # noqa: PTH110 - False for any text


def _plain(said: str) -> str:
    """Return the name of `--image-size` or `IMAGE_SIZE`, or "" for a word of another form."""
    if re.fullmatch(r"--[a-z0-9-]+", said):
        return said[2:].replace("-", "_")
    return said.lower() if re.fullmatch(r"[A-Z0-9_]+", said) else ""


def _from_environment(known: Mapping[str, Option], given: Mapping[str, object]) -> dict[str, object]:
    """Return the values of environment variables, as set by `KIMG=1 make run-kiwi`, and print them."""
    missing = {name.upper(): option for name, option in known.items() if option.name not in given}
    found = {variable: option for variable, option in missing.items() if os.environ.get(variable)}
    if found:
        words = ", ".join(f"{variable}={one_line(os.environ[variable])}" for variable in found)
        print(f"From the environment: {words}", flush=True)
    return {option.name: _convert(name, os.environ[name], option.kind) for name, option in found.items()}


def _convert(said: str, text: str, kind: str) -> object:
    if kind == "str":
        return text
    if kind == "bool":
        if text.lower() not in TRUTHS:
            raise DcganError(f"`{said}` should be true or false. Received: {shown(text)}.")
        return TRUTHS[text.lower()]
    try:
        return {"int": int, "float": float}[kind](text)
    except ValueError:
        noun = "a whole number" if kind == "int" else "a number"
        raise DcganError(f"`{said}` should be {noun}. Received: {shown(text)}.") from None


def _unknown(command: str, said: str, known: Mapping[str, Option]) -> str:
    """Return the error message for an unknown option, with the nearest ones in the same spelling."""
    name = shown(said)[1:-1]
    if not known:
        return f"`dcgan-tf {command}` takes no options. Received: `{name}`."
    near = difflib.get_close_matches(name.lower().strip("-").replace("-", "_"), known, n=2, cutoff=0.5)
    names = near or [option.names[0] for option in known.values()]
    spelled = [_long(each) if said.startswith("-") else each.upper() for each in dict.fromkeys(names)]
    hint = f"Did you mean {' or '.join(spelled)}?" if near else f"There are: {', '.join(spelled)}."
    return f"`{name}` is not an option of `dcgan-tf {command}`. {hint}"


def _long(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def describe(options: Sequence[Option]) -> str:
    """Return the help on options, one line each, with the defaults."""
    lines = []
    for option in options:
        names = ", ".join(map(_long, reversed(option.names)))
        default = f" ({option.default})" if option.default != "" else ""
        lines.append(f"  {names:<26} {option.help}{default}")
    return "\n".join(lines)


def as_options(text: str) -> str:
    """Return text with each setting in it, such as `image_size=16`, as it is typed: SIZE=16."""
    return re.sub(r"`(\w+)=([^`]*)`", lambda found: f"{SHORT.get(found[1], found[1]).upper()}={found[2]}", text)


def how_to_say(sentence: str, options: Sequence[Option], given: Mapping[str, object]) -> str:
    """Return how to type the fields that an error names, as " (here: RUN=... or --run ...)", or "".

    Errors of the library name fields, and call the folder of a run `folder`. Options already given are left out.
    """
    fields = [name for name in re.findall(r"`(\w+)`", sentence) if name not in given]
    if "another `folder`" in sentence:
        fields.append("run")
    known = {option.name: option.names[0] for option in options}
    names = [known[field] for field in dict.fromkeys(fields) if field in known]
    ways = ", ".join(f"{name.upper()}=... or {_long(name)} ..." for name in names)
    return f" (here: {ways})" if ways else ""
