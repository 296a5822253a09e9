"""How benchmarks are started: each by its module's name, with its own options."""

import importlib
import re
from pathlib import Path

import pytest

import benchmarks

STARTED = re.findall(r"python -m benchmarks\.(\S+)", benchmarks.__doc__)
NEEDS = {"costs.slider": "playwright"}


def test_the_list_holds_every_benchmark():
    sources = [path.read_text() for path in Path(benchmarks.__file__).parent.rglob("*.py")]
    assert sorted(STARTED) == sorted(name for source in sources for name in re.findall(r'parser_of\("(.+?)"', source))


@pytest.mark.parametrize("name", STARTED)
def test_each_benchmark_says_how_it_is_started(name, capsys):
    pytest.importorskip(NEEDS.get(name, "benchmarks"))
    module = importlib.import_module(f"benchmarks.{name}")
    if hasattr(module, "__path__"):  # a folder
        module = importlib.import_module(f"benchmarks.{name}.__main__")
    with pytest.raises(SystemExit) as stop:
        module.main(["--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m benchmarks.{name} [-h]")
