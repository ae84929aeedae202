"""The app in a process of its own, as `python app.py` starts it, without waiting for what it imports.

On Linux one process imports gradio and torch, and each app begins as a copy of it (multiprocessing's "forkserver").
Elsewhere a Python begins anew.
"""

import ctypes
import importlib
import multiprocessing
import os
import runpy
import sys
import types
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
# They read or complete the environment when they are imported, and each copy has its own.
READ_ONCE = ("playground.ui", "gradio.http_server", "huggingface_hub.constants")
# What the C library reads as a process begins, and a copy must be told: mallopt's M_ARENA_MAX.
ARENAS, M_ARENA_MAX = "MALLOC_ARENA_MAX", -8


def _context() -> ForkServerContext | SpawnContext:
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.imported"])
    return context


def start(log: Path, *command: str, **environment: str) -> BaseProcess:
    """Start `python COMMAND` with additional environment variables; its output is appended to the log. The command
    is a file, `-m` and a module with its arguments, or `-c` and a program."""
    process = _context().Process(target=_run, args=(log, command, {**os.environ, **environment}))
    process.start()
    return process


def stop(process: BaseProcess) -> None:
    """End it, by force if it does not end by itself within ten seconds."""
    process.terminate()
    process.join(10)
    kill(process)


def kill(process: BaseProcess) -> None:
    """End it at once, as in a crash."""
    process.kill()
    process.join()
    process.close()


def processor_seconds(pid: int) -> float:
    """Processor time of all threads of a process, in seconds (Linux)."""
    numbers = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def _run(log: Path, command: tuple[str, ...], environment: dict[str, str]) -> None:
    with log.open("ab") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    for printed in (sys.stdout, sys.stderr):
        printed.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    os.chdir(REPOSITORY)
    os.environ.clear()
    os.environ.update(environment)
    if ARENAS in environment and sys.platform == "linux":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, int(environment[ARENAS]))
    for name in READ_ONCE:
        if name in sys.modules:
            importlib.reload(sys.modules[name])
    match command:
        case ("-c", program):
            main = sys.modules["__main__"] = types.ModuleType("__main__")
            exec(program, vars(main))
        case ("-m", module, *arguments):
            sys.argv = [module, *arguments]
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case (file,):
            runpy.run_path(file, run_name="__main__")
