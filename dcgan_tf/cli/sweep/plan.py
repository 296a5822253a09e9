"""The file of a sweep: which runs there are."""

import difflib
import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dcgan_tf.cli.notebooks import NOTEBOOKS, check_values, options_of
from dcgan_tf.cli.options import Option
from dcgan_tf.common.checks import check_count
from dcgan_tf.common.errors import DcganError
from dcgan_tf.common.text import shown
from dcgan_tf.data.sets import fruit_names

KEYS = ("notebook", "name", "parameters", "grid", "cells", "seeds", "cpus")
OURS = ("run", "progress", "use_drive")  # parameters that the sweep sets itself
ALL = "all"  # as the value of `fruit`: every class there is
UNSAFE = re.compile(r"[^\w.,=+ -]")  # in names of folders


class Cell(NamedTuple):
    """One run: the name of its folder, and the parameters that it is given."""

    name: str
    values: dict[str, Any]


class Plan(NamedTuple):
    """A sweep."""

    kind: str  # of NOTEBOOKS
    folder: Path  # of all its runs
    cells: tuple[Cell, ...]
    varied: tuple[str, ...]  # parameters in which cells differ, `seed` left out
    cpus: int  # processor cores for each run


def read_plan(path: Path, root: Path) -> Plan:
    """Read the YAML file of a sweep and check every run of it.

    Raises `DcganError` with the file and the key that is wrong, or with the run and its parameter.
    """
    given = _read(path)
    kind = given.get("notebook", "kiwi")
    if kind not in NOTEBOOKS:
        raise DcganError(f"{path}: `notebook` should be one of {', '.join(NOTEBOOKS)}. Received: {shown(kind)}.")
    name = str(given.get("name", path.stem))
    if UNSAFE.search(name) or not name.strip(". "):
        raise DcganError(f"{path}: `name` should be a name of a folder. Received: {shown(name)}.")
    cpus = given.get("cpus", 1)
    check_count(f"{path}: cpus", cpus, 1)
    options = {option.name: option for option in options_of(kind)}
    rows = _rows(path, given, root)
    varied = tuple(dict.fromkeys(key for row in rows for key in row if len({str(r.get(key)) for r in rows}) > 1))
    cells = []
    for row in rows:
        label = ", ".join(f"{key}={row[key]}" for key in varied if key in row) or "run"
        cells.append(Cell(UNSAFE.sub("-", label)[:150], _typed(path, row, options)))
    names = [cell.name for cell in cells]
    double = next((each for each in names if names.count(each) > 1), None)
    if double:
        raise DcganError(f"{path} names the run {double} twice. Remove one.")
    plan = Plan(kind, root / "outputs" / name, tuple(cells), tuple(key for key in varied if key != "seed"), cpus)
    for cell in cells:
        try:
            check_values(kind, root, cell.values | {"run": str(plan.folder / cell.name)})
        except DcganError as error:
            raise DcganError(f"{path}, run {cell.name}: {error}") from error
    return plan


def _read(path: Path) -> dict[str, Any]:
    """Return what the file holds."""
    try:
        import yaml
    except ImportError as error:
        raise DcganError('A sweep needs PyYAML and Ray. Install them with `pip install "dcgan-tf[sweep]"`.') from error
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DcganError(f"`sweep` should be a YAML file. Received: {path}: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise DcganError(f"{path}{where} is no YAML: {getattr(error, 'problem', None) or error}.") from error
    if not isinstance(given, dict) or not all(isinstance(key, str) for key in given):
        raise DcganError(f"{path} should hold keys such as `notebook` and `grid`. Received: {type(given).__name__}.")
    for key in given:
        if key not in KEYS:
            near = difflib.get_close_matches(key, KEYS, n=1)
            hint = f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(KEYS)}."
            raise DcganError(f"{path} holds `{shown(key)[1:-1]}`, which is no key of a sweep. {hint}")
    return given


def _rows(path: Path, given: Mapping[str, Any], root: Path) -> list[dict[str, Any]]:
    """Return the parameters of each run, as they stand in the file."""
    common, grid, cells = given.get("parameters") or {}, given.get("grid") or {}, given.get("cells") or [{}]
    seeds = given.get("seeds", [common.get("seed", 0)] if isinstance(common, dict) else [0])
    for key, value, kind in (("parameters", common, dict), ("grid", grid, dict), ("cells", cells, list)):
        if not isinstance(value, kind) or (kind is list and not all(isinstance(cell, dict) for cell in value)):
            wanted = "parameters with their values" if kind is dict else "a list of parameters with their values"
            raise DcganError(f"{path}: `{key}` should hold {wanted}. Received: {shown(value)}.")
    if not isinstance(seeds, list) or not seeds:
        raise DcganError(f"{path}: `seeds` should be a list of whole numbers. Received: {shown(seeds)}.")
    if grid.get("fruit") == ALL:
        grid = grid | {"fruit": fruit_names(str(common.get("data", "")), root)}
    for key, values in grid.items():
        if not isinstance(values, list) or not values:
            raise DcganError(f"{path}: `{key}` in `grid` should be a list of values. Received: {shown(values)}.")
    products = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    return [{**common, **cell, **product, "seed": seed} for cell in cells for product in products for seed in seeds]


def _typed(path: Path, row: Mapping[str, Any], options: Mapping[str, Option]) -> dict[str, Any]:
    """Return parameters in the types of their options; raises `DcganError` for an unknown one or a wrong type."""
    types = {"int": int, "float": float, "str": str, "bool": bool}
    found = {}
    for name, value in row.items():
        option = options.get(name)
        if option is None or name in OURS:
            near = difflib.get_close_matches(name, [each for each in options if each not in OURS], n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            why = "is set by the sweep" if name in OURS else "is no parameter of the notebook"
            raise DcganError(f"{path}: `{shown(name)[1:-1]}` {why}.{hint}")
        wanted = types[option.kind]
        fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
        if not fits and not (isinstance(value, int) and not isinstance(value, bool) and wanted in (float, str)):
            noun = {"int": "a whole number", "float": "a number", "str": "text", "bool": "true or false"}[option.kind]
            raise DcganError(f"{path}: `{name}` should be {noun}. Received: {shown(value)}.")
        found[name] = wanted(value)
    return found


def combinations(plan: Plan) -> dict[tuple[str, ...], list[Cell]]:
    """Return the cells by the values of `varied`: those in a list differ in their seeds alone."""
    found: dict[tuple[str, ...], list[Cell]] = {}
    for cell in plan.cells:
        found.setdefault(tuple(str(cell.values.get(key, "")) for key in plan.varied), []).append(cell)
    return found


def describe(plan: Plan) -> str:
    """Return a line on the sweep."""
    seeds: Sequence[Any] = list(dict.fromkeys(cell.values["seed"] for cell in plan.cells))
    varied = f" by {', '.join(plan.varied)}" if plan.varied else ""
    return f"{len(plan.cells)} runs of {plan.kind}{varied}, {len(seeds)} seeds each, into {plan.folder}."
