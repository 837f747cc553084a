"""Run as a program: imports each module of its arguments in a process of its own, and prints the loaded modules as JSON.

The shared runtime is imported once and reported first; each module's process is a fork of that one.
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def imported_modules(module: str) -> list[str]:
    """The modules that importing this one loads, found by a child process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        importlib.import_module(module)
        with os.fdopen(writer, "w") as pipe:
            json.dump(sorted(sys.modules), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    loaded: list[str] = json.loads(text)
    return loaded


if __name__ == "__main__":
    shared, *modules = sys.argv[1:]
    before = set(sys.modules)
    importlib.import_module(shared)
    json.dump({shared: sorted(set(sys.modules) - before)} | {module: imported_modules(module) for module in modules}, sys.stdout)
