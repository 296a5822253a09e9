"""What the machine is, and what the training step should compute in on it."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16"}  # precision -> Keras policy of the layers


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Return the instruction sets that Linux lists for the processor; none where there is no such list."""
    if not cpuinfo.is_file():
        return frozenset()
    for line in cpuinfo.read_text().splitlines():
        if line.startswith(("flags", "Features")):
            return frozenset(line.partition(":")[2].split())
    return frozenset()


def choose_precision(requested: str, flags: frozenset[str], *, gpu: bool = False) -> tuple[str, str]:
    """Return the precision of the training step, "float32" or "bfloat16", and the reason in a few words.

    AMX multiplies bfloat16 matrices several times faster than float32; without it, bfloat16 is slower.
    """
    if requested != "auto":
        return requested, "as asked"
    if gpu:
        return "float32", "a GPU does the work"
    if "amx_bf16" in flags:
        return "bfloat16", "the processor has AMX"
    return "float32", "no AMX"


def describe_machine(precision: str) -> dict[str, object]:
    """Return the part of run.json that says where and with what a run was made."""
    packages = ("dcgan-tf", "tensorflow", "keras", "numpy", "pillow")
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in packages},
        "platform": platform.platform(),
        "device": ", ".join(gpu_names()) or "CPU",
        "cpu_count": usable_cores(),
        "precision": precision,
        "git_commit": _git_commit(Path(__file__).parent.parent),
    }


def gpu_names() -> list[str]:
    """Return the names of the GPUs that TensorFlow sees."""
    import tensorflow as tf

    details = [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
    return [detail.get("device_name", "GPU") for detail in details]


def name_device() -> str:
    """Return what computes, in words: the GPUs' names, or "2 CPU cores"."""
    cores = usable_cores()
    return ", ".join(gpu_names()) or f"{cores} CPU core{'s' if cores > 1 else ''}"


def usable_cores() -> int:
    """Return how many processor cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _version(package: str) -> str | None:
    """Return the installed version; TensorFlow's CPU build goes by another name, and a bare clone has none."""
    from importlib.metadata import PackageNotFoundError

    for name in (package, f"{package}-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _git_commit(folder: Path) -> str | None:
    """Return the commit of the clone that the library runs from, or None where it is not a clone."""
    if not (folder / ".git").exists():
        return None
    command = ["git", "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # a clone copied to a machine without git
        return None
    return done.stdout.strip() or None
