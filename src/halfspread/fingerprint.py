"""Fingerprint: what a function's compiled code depends on, as a hash that changes with it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

LIBRARIES = frozenset({"numba", "numpy", *sys.stdlib_module_names})
"""Known by their names and versions, never walked into."""


def fingerprint(functions: tuple[Callable[..., Any], ...]) -> str | None:
    """A hash of all that the functions' compiled code can depend on, versions included.

    None where they read an object whose changes could not be noticed: an open file, a module's
    mutable list. Such functions are compiled anew in each process.
    """
    seen: dict[int, int] = {}
    try:
        text = "\n".join(_describe(function, seen) for function in functions)
    except TypeError:
        return None
    return hashlib.sha256(f"{sys.version}\n{np.__version__}\n{text}".encode()).hexdigest()


def helpers_of(function: Any) -> list[FunctionType]:
    """The plain functions that `function` calls by a global name, directly or through others."""
    found: dict[FunctionType, None] = {}
    waiting = [function]
    while waiting:
        for _, value in _dependencies(waiting.pop()):
            if isinstance(value, FunctionType) and not _is_library(value) and value not in found:
                found[value] = None
                waiting.append(value)
    return list(found)


def _is_library(value: Any) -> bool:
    """Whether it belongs to one of LIBRARIES."""
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "")
    return str(name).split(".")[0] in LIBRARIES


def _dependencies(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """The globals, module attributes and closure cells that the code of `function` may read."""
    names = list(_names_in(function.__code__))
    for name in names:
        if name not in function.__globals__:
            continue
        value = function.__globals__[name]
        yield name, value
        if isinstance(value, ModuleType):
            yield from _attributes(name, value, names)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents


def _attributes(place: str, module: ModuleType, names: list[str]) -> Iterator[tuple[str, Any]]:
    """What `names` may mean in `module` and in the modules there, libraries left out."""
    waiting = {place: module}
    visited = set()
    while waiting:
        place, module = waiting.popitem()
        if _is_library(module) or module in visited:
            continue
        visited.add(module)
        for name in names:
            if hasattr(module, name):
                value = getattr(module, name)
                yield f"{place}.{name}", value
                if isinstance(value, ModuleType):
                    waiting[f"{place}.{name}"] = value


def _names_in(code: CodeType) -> Iterator[str]:
    """The global and attribute names of a code object and of those inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _describe(value: Any, seen: dict[int, int]) -> str:
    """A text that changes whenever code compiled from `value` could.

    Raises:
        TypeError: nothing sure can be said of such an object.
    """
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        return repr(value)
    if isinstance(value, tuple):
        return f"({','.join(_describe(item, seen) for item in value)})"
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(_describe(item, seen) for item in value))}}}"
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return f"{value.dtype}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()}"
    if isinstance(value, CodeType):
        constants = _describe(value.co_consts, seen)
        return f"{value.co_code.hex()}{value.co_exceptiontable.hex()}{constants}{value.co_names}"
    if isinstance(value, (ModuleType, BuiltinFunctionType, np.ufunc, type)):
        return _named(value)
    if isinstance(value, FunctionType) and _is_library(value):
        return _named(value)
    if id(value) in seen:
        return f"#{seen[id(value)]}"
    seen[id(value)] = len(seen)
    if hasattr(value, "py_func") and hasattr(value, "targetoptions"):  # an njit function
        return f"{value.targetoptions}{_describe(value.py_func, seen)}"
    if isinstance(value, FunctionType):
        own = (value.__code__, value.__defaults__, tuple((value.__kwdefaults__ or {}).items()))
        parts = [_describe(own, seen)]
        parts += [f"{name}={_describe(item, seen)}" for name, item in _dependencies(value)]
        return "\n".join(parts)
    raise TypeError(f"can't describe {value!r}")


def _named(value: Any) -> str:
    """The name of a module, of a library's function, or of a class that is only its name."""
    if isinstance(value, type) and not _is_library(value):
        simple = issubclass(value, (bool, int, float, BaseException)) or hasattr(value, "_fields")
        if not simple:
            raise TypeError(f"can't describe {value!r}")
        return f"{value.__module__}.{value.__qualname__}{getattr(value, '_fields', '')}"
    return f"{getattr(value, '__module__', '')}.{value.__name__}"
