"""Results as JSON and as Markdown, with the machine they were measured on."""

import json
import platform
import time
from collections.abc import Iterable
from pathlib import Path

from dcgan_tf.common.machine import Execution, describe_machine, processor_flags

RESULTS = Path(__file__).parents[1] / "results"


def machine() -> dict[str, object]:
    """Return what the figures depend on: processor, its matrix units, cores, versions."""
    known = describe_machine(Execution())
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    wanted = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
    return {
        "processor": names[0] if names else platform.processor(),
        "units": [flag for flag in wanted if flag in processor_flags()],
        "cores": known["cpu_count"],
        "packages": known["packages"],
        "git_commit": known["git_commit"],
        "date": time.strftime("%Y-%m-%d"),
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def read_results(folder: Path, name: str) -> dict:
    """Return what `<name>.json` holds; nothing where it is not there yet."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def write_results(folder: Path, name: str, results: dict) -> None:
    """Write `<name>.json`, with the machine beside the figures unless they name one themselves."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"machine": results.get("machine") or machine()} | results, indent=2) + "\n")
    print(f"Written: {path}")


def write_by_processor(folder: Path, name: str, results: dict) -> None:
    """Write results of this processor into `<name>.json`, beside those of others that are there."""
    here = machine()
    units = f" ({', '.join(here['units'])})" if here["units"] else ""
    rows = read_results(folder, name).get("processors", {}) | {
        f"{here['processor']}{units}": {"machine": here} | results
    }
    write_results(folder, name, {"processors": rows})


def file_stem(*words: str) -> str:
    """Return words as one file name without its ending."""
    return " ".join(words).translate(str.maketrans(" ", "_", ",'"))


def table(heads: list[str], rows: Iterable[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ratio_of(row: dict | None) -> str:
    """Return how many times as fast as a row our step is, and the least and most of the rounds."""
    if not row or "missing" in row:
        return row["missing"] if row else ""
    return f"{row['ratio']:.2f} ({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
