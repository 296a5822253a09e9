"""Reading the arrays of a PyTorch state dict, in the format before PyTorch 1.6, without PyTorch.

Such a file is a row of pickles (a magic number, a version, facts of the machine, the dictionary, the names of its
storages), then the numbers of each storage. A pickle can run any code, so only the names that a dictionary of tensors
needs are known here, and each stands for a function of this module.
"""

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import IO, Any, NamedTuple

import numpy as np

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


class _Tensor(NamedTuple):
    """Where the numbers of a tensor are; offset and strides in numbers, not in bytes."""

    storage: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def _tensor(storage: str, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _Tensor:
    """Stand in for `_rebuild_tensor_v2`, whose other arguments are about training."""
    return _Tensor(storage, offset, shape, strides)


KNOWN: dict[tuple[str, str], Callable[..., Any] | str] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): "<f4",
    ("torch", "LongStorage"): "<i8",
}


class _Unpickler(pickle.Unpickler):
    """Reads nothing but dictionaries of tensors, and remembers the type of each storage."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.kinds: dict[str, str] = {}

    def find_class(self, module: str, name: str) -> Callable[..., Any] | str:
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return KNOWN[module, name]

    def persistent_load(self, pid: tuple[Any, ...]) -> str:
        _, kind, name, *_ = pid  # "storage", its type, its name, a device, its length and a view
        self.kinds[name] = kind
        return name


def read_state_dict(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of a state dict by their names; raises all kinds of errors for anything else."""
    file = io.BytesIO(content)
    if [_Unpickler(file).load() for _ in range(2)] != [MAGIC, PROTOCOL]:
        raise ValueError("it is not a state dict in PyTorch's format before 1.6")
    _Unpickler(file).load()  # the machine that wrote it
    reader = _Unpickler(file)
    tensors: dict[str, _Tensor] = reader.load()
    storages = {}
    for name in _Unpickler(file).load():
        kind, length = np.dtype(reader.kinds[name]), int.from_bytes(file.read(8), "little")
        storages[name] = np.frombuffer(file.read(length * kind.itemsize), kind)
    return {name: _array(storages[at.storage], at) for name, at in tensors.items()}


def _array(storage: np.ndarray, at: _Tensor) -> np.ndarray:
    """Return a view into a storage; numpy refuses one that reaches beyond its end."""
    size = storage.itemsize
    return np.ndarray(at.shape, storage.dtype, storage, at.offset * size, tuple(step * size for step in at.strides))
