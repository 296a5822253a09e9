"""The processors and packages of this machine, and how the training step should compute on it."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from dcgan_tf.common.errors import DcganError

# precision -> Keras policy of the layers
POLICIES = {"float32": "float32", "bfloat16": "mixed_bfloat16", "float16": "mixed_float16"}

# Flag -> what has bfloat16 units: matrices on Intel since 2023, vectors on AMD since Zen 4.
BFLOAT16_UNITS = {"amx_bf16": "AMX", "avx512_bf16": "AVX512_BF16"}

NO_XLA = (12, 0)  # compute capability from which TensorFlow's XLA ends the process (tensorflow#111958)

# Flags by which oneDNN and Eigen choose their kernels, which differ in rounding.
ROUNDING_FLAGS = frozenset(
    [
        "avx",
        "avx2",
        "fma",
        "avx_vnni",
        "avx512f",
        "avx512_vnni",
        "avx512_bf16",
        "avx512_fp16",
        "amx_bf16",
        "asimd",
        "sve",
    ]
)


class Execution(NamedTuple):
    """How the training step computes on a machine."""

    precision: str = "float32"  # "float32", "bfloat16" or "float16"; weights are float32 in each
    reason: str = "as asked"  # why this precision, in a few words
    jit_compile: bool = False  # whether XLA compiles the step
    matmul_gradients: bool = True  # whether bfloat16 kernel gradients are matrix products (layers.py)
    devices: int = 1  # that share each batch


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Return the instruction sets that Linux lists for the processor; none on other systems."""
    lines = cpuinfo.read_text(errors="replace").splitlines() if cpuinfo.is_file() else []
    found = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(found, "").split())


def choose_execution(requested: str, flags: frozenset[str], gpus: Sequence[tuple[int, int] | None] = ()) -> Execution:
    """Return how to train with a requested precision ("auto": the machine decides), processor flags and GPUs.

    `gpus` are the compute capabilities of TensorFlow's GPUs, None for one that is not NVIDIA's; the first one trains.

    - Processors: `python -m benchmarks.speed.precision_choice`, in benchmarks/results. With AMX bfloat16 was 1.2 to 2
      times as fast as float32; with AVX512_BF16 alone 1.07 to 1.67 times (64x64, an AMD EPYC; docs/speed.md). oneDNN's
      reduced math mode brought nothing. Without either unit nothing computes in bfloat16.
    - GPUs: tensor cores compute in bfloat16 from 8.0 on and in float16 from 7.0 (tensorflow.org/guide/mixed_precision).
      Nothing was measured on one; `benchmarks/gpu` does that.
    - XLA fuses the many small operations of a step on a GPU (tensorflow.org/xla). It does not depend on the length of a
      run, which may be made longer later and then go on in the same way. For cards of 12.x it ends the process
      (tensorflow#111958). On processors it was slower at 64x64 (benchmarks/results).
    """
    if gpus:
        precision, reason = _gpu_precision(gpus[0])
    else:
        unit = next((name for flag, name in BFLOAT16_UNITS.items() if flag in flags), None)
        precision = "bfloat16" if unit else "float32"
        reason = f"the processor has {unit}" if unit else "no bfloat16 unit"
    if requested != "auto":
        precision, reason = requested, "as asked"
    compiled = bool(gpus) and gpus[0] is not None and gpus[0] < NO_XLA
    return Execution(precision, reason, jit_compile=compiled, matmul_gradients=not gpus)


def _gpu_precision(capability: tuple[int, int] | None) -> tuple[str, str]:
    """Return the precision for a GPU with this compute capability, and the reason."""
    if capability is None:
        return "float32", "a GPU of unknown kind"
    if capability >= (8, 0):
        return "bfloat16", "the GPU is Ampere or newer"
    if capability >= (7, 0):
        return "float16", "the GPU has tensor cores"
    return "float32", "the GPU has no tensor cores"


def this_execution(requested: str, devices: int = 1) -> Execution:
    """Return `choose_execution` for this machine; without XLA, which cannot add up over devices, on several."""
    gpus = [detail.get("compute_capability") for detail in _gpus()]
    execution = choose_execution(requested, processor_flags(), gpus)
    return execution._replace(devices=devices, jit_compile=execution.jit_compile and devices == 1)


def describe_machine(execution: Execution) -> dict[str, object]:
    """Return `environment` of run.json: the machine, and the versions of Python and packages."""
    packages = ("dcgan-tf", "tensorflow", "keras", "numpy", "pillow")
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in packages},
        "platform": platform.platform(),
        "device": ", ".join(gpu_names()) or "CPU",
        "devices": execution.devices,
        "cpu_count": usable_cores(),
        "precision": execution.precision,
        "precision_reason": execution.reason,
        "xla": execution.jit_compile,
        "threads": compute_threads(),
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1").lower() not in ("0", "false"),
        "flags": sorted(processor_flags() & ROUNDING_FLAGS),
        "git_commit": _git_commit(Path(__file__).parents[2]),
    }


def describe_change(before: dict[str, Any], now: dict[str, Any]) -> str:
    """Return a sentence if a run resumes where rounding differs; both are `environment` of run.json. Otherwise ""."""
    was, goes_on = _roundings(before), _roundings(now)
    changed = [name for name in was if name in goes_on and was[name] != goes_on[name]]
    if not changed:
        return ""
    first, second = (", ".join(ways[name] for name in changed) for ways in (was, goes_on))
    return f"The run was trained {first} and goes on {second}: its end will depend on where it stopped."


def _roundings(environment: dict[str, Any]) -> dict[str, str]:
    """Return what decides how results are rounded, each as words after "trained"; earlier versions recorded less."""
    packages = environment.get("packages")
    ways = {
        "precision": f"in {environment['precision']}{' compiled by XLA' if environment.get('xla') else ''}",
        "device": f"on a {environment['device']}" if "device" in environment else "",
        "devices": _on_devices(environment.get("devices", 1)),
        "tensorflow": f"by TensorFlow {packages.get('tensorflow')}" if isinstance(packages, dict) else "",
    }
    if environment.get("device") == "CPU":
        count = environment.get("threads", environment.get("cpu_count"))
        ways["threads"] = f"with {count} thread{'' if count == 1 else 's'}" if count else ""
    if environment.get("device") == "CPU" and "onednn" in environment:
        ways["onednn"] = "with oneDNN" if environment["onednn"] else "without oneDNN"
        ways["flags"] = f"for a processor with {', '.join(map(str, environment.get('flags') or ['other flags']))}"
    return {name: words for name, words in ways.items() if words}


def _on_devices(count: object) -> str:
    return "on 1 device" if count == 1 else f"on {count} devices together"


def compute_threads() -> int:
    """Return how many threads compute an operation together: sums over more parts are rounded otherwise."""
    import tensorflow as tf

    asked = os.environ.get("TF_NUM_INTRAOP_THREADS", "")
    chosen = tf.config.threading.get_intra_op_parallelism_threads() or (int(asked) if asked.isdecimal() else 0)
    return chosen or usable_cores()


def gpu_names() -> list[str]:
    """Return the names of the GPUs that TensorFlow sees."""
    return [detail.get("device_name", "GPU") for detail in _gpus()]


def _gpus() -> list[dict[str, Any]]:
    """Return TensorFlow's details of each visible GPU."""
    import tensorflow as tf

    return [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.get_visible_devices("GPU")]


def unused_gpu(execution: Execution = Execution()) -> str:
    """Return a sentence, with what to do, about GPUs that a run does not use; "" if there are none.

    Some are left where a batch is too small for all, or fewer were asked for. TensorFlow cannot use every NVIDIA card.

    A card that CUDA_VISIBLE_DEVICES or `tf.config.set_visible_devices` hides is hidden on purpose.
    """
    import tensorflow as tf

    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip()[:1] not in tuple("0123456789GM")  # "", -1, NoDevFiles
    usable = len(tf.config.get_visible_devices("GPU"))
    if usable > execution.devices:
        some = "One" if execution.devices == 1 else str(execution.devices)
        return (
            f"{some} of {usable} GPUs {'is' if some == 'One' else 'are'} used. With `devices` or a larger `batch_size` "
            "a run uses more; `dcgan-tf sweep` trains a run on each."
        )
    if usable:
        return ""
    if hidden or tf.config.list_physical_devices("GPU"):
        return ""
    card = nvidia_card()
    if not card:
        return ""
    build = f'"tensorflow[and-cuda]=={tf.__version__}"'
    if not tf.test.is_built_with_cuda():
        return (
            f"The {card} is not used: this TensorFlow is built for CPUs only. Replace it by the build for NVIDIA "
            f"cards: `pip uninstall tensorflow-cpu tensorflow`, then `pip install {build}`."
        )
    return (
        f"The {card} is not used: TensorFlow finds no matching driver or CUDA libraries. Update the NVIDIA driver, or "
        f"install the libraries again with `pip install --force-reinstall {build}`. TF_CPP_MIN_LOG_LEVEL=0 in the "
        "environment shows TensorFlow's own reason."
    )


def nvidia_card() -> str:
    """Return the name of the first NVIDIA card that the driver lists, or ""."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):  # there is no driver, or it hangs
        return ""
    found = re.search(r"^GPU \d+: (.+?)(?: \(UUID.*)?$", listed, re.MULTILINE)
    return found[1] if found else ""


def name_device() -> str:
    """Return the names of the GPUs, or "2 CPU cores" without one."""
    cores = usable_cores()
    return ", ".join(gpu_names()) or f"{cores} CPU core{'s' if cores > 1 else ''}"


def usable_cores() -> int:
    """Return how many processor cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def free_memory(group: Path = Path("/sys/fs/cgroup")) -> int:
    """Return the bytes of memory that are free: of the machine, or of a container that may use less."""
    import psutil  # comes with ipykernel

    free = psutil.virtual_memory().available
    try:
        most, used = ((group / name).read_text() for name in ("memory.max", "memory.current"))
        cache = re.search(r"^inactive_file (\d+)$", (group / "memory.stat").read_text(), re.MULTILINE)
        return min(free, int(most) - int(used) + int(cache[1] if cache else 0))
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return free


def _version(package: str) -> str | None:
    """Return the version of an installed package, or of its CPU build ("tensorflow-cpu"); None without either."""
    for name in (package, f"{package}-cpu"):
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return None


def _git_commit(folder: Path) -> str | None:
    """Return the commit of the clone that the library runs from, or None outside a clone."""
    if not (folder / ".git").exists():
        return None
    command = ["git", "-C", str(folder), "rev-parse", "--verify", "--quiet", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:  # a clone copied to a machine without git
        return None
    return done.stdout.strip() or None


def on_colab() -> bool:
    """Return whether this runs in a notebook of Google Colab."""
    # Colab's kernel has imported it. Kaggle's images are made from Colab's, and hold the package too (kagglehub#230).
    return "google.colab" in sys.modules and "KAGGLE_KERNEL_RUN_TYPE" not in os.environ


def check_drive(use_drive: bool) -> None:
    """Raise `DcganError` if Google Drive is asked for outside Colab."""
    if use_drive and not on_colab():
        raise DcganError(
            "`use_drive` should be False outside Colab's notebooks. Received: True. Results go to outputs/."
        )
