"""The engine in replicas: a class that writes at once with none, one, two and three of them, and what 10,000 need.

All is on this machine, and so are the clients. The processor time of the replicas and of the page's process is read
from the system (Linux), so that it can be said what a character takes of a core, however many share the machine.
"""

import asyncio
import importlib.util
import os
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.bench.classroom import clients_at_once
from tests.bench.clients import PLAYS, stream
from tests.bench.common import figure, server, table

MODEL = "shakespeare-lstm"
CLIENTS, STEPS = 100, 400
VISITORS = 10_000
SHARES = (0.05, 0.2, 0.5)  # of them whose text is being written at a moment
REPLICA, PAGE = "ray::ServeReplica", "app.py"  # as their processes are called


def measure(quick: bool) -> dict[str, Any]:
    """By the number of replicas, 0 for the page's own process: seconds, characters a second, and those of a core."""
    if importlib.util.find_spec("ray") is None:
        raise SystemExit("Needs Ray Serve: pip install -r playground/engine/ray_serve/requirements.txt")
    clients, steps, counts = (4, 40, (0, 2)) if quick else (CLIENTS, STEPS, (0, 1, 2, 3))
    found: dict[str, Any] = {"clients": clients, "steps": steps, "replicas": {}}
    for count in counts:
        command = [
            "-m",
            "playground.engine.ray_serve",
            "--models",
            MODEL,
            "--replicas",
            str(count),
            "--most",
            str(count),
        ]
        with server(*(command if count else [PAGE])) as (address, _):
            host, port = urlsplit(address).hostname or "", urlsplit(address).port or 80
            asyncio.run(clients_at_once(stream, host, port, MODEL, 2 * max(1, count), 5, 0.0))  # all have begun
            before = [processor_seconds(name) for name in (REPLICA, PAGE)]
            seen = asyncio.run(clients_at_once(stream, host, port, MODEL, clients, steps, 0.0))
            after = [processor_seconds(name) for name in (REPLICA, PAGE)]
        taken = [now - then for now, then in zip(after, before, strict=True)]
        written = (clients - seen["failed"]) * steps
        own = {"replica_core": written / taken[0]} if count else {}
        found["replicas"][str(count)] = seen | {"page_core": written / taken[1]} | own
    return found


def processor_seconds(name: str) -> float:
    """What the running processes with this in their command line have taken of the processors."""
    ticks = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if name in (process / "cmdline").read_bytes().decode("utf-8", "replace"):
                numbers = (process / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
                ticks += int(numbers[11]) + int(numbers[12])
        except OSError:  # it has ended
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


def report(result: dict[str, Any]) -> str:
    """The table, and the arithmetic."""
    rows = [
        [
            "none: the page's process" if count == "0" else count, int(seen["failed"]),
            figure(seen["first"]), figure(seen["first_95"]), figure(seen["last_95"]), f"{seen['all']:,.0f}",
            f"{seen['replica_core']:,.0f}" if "replica_core" in seen else "", f"{seen['page_core']:,.0f}",
        ]
        for count, seen in result["replicas"].items()
    ]  # fmt: skip
    head = [
        "replicas", "failed", "first character, s", "95 %", "last, s, 95 %", "all, characters/s",
        "characters a second of a replica's core", "and of a page's core",
    ]  # fmt: skip
    cores = os.cpu_count() or 1
    largest = result["replicas"][max(result["replicas"])]
    needs = [
        [f"{share:.0%}", f"{(need := VISITORS * share * PLAYS):,.0f}",
         ceil(need / largest["replica_core"]), ceil(need / largest["page_core"])]
        for share in SHARES
    ]  # fmt: skip
    return (
        table(head, rows)
        + f"\n\n{result['clients']} clients at once, {result['steps']} characters of `{MODEL}` each. Clients, page and"
        + f"\nreplicas share {cores} cores here, so this does not show how it grows, but what a core gives.\n\n"
        + table(["of 10,000 visitors write", "characters/s needed", "cores for replicas", "cores for pages"], needs)
        + f"\n\nNeeded is {VISITORS:,} × the share × {PLAYS} characters a second, the page's own speed. Cores are that"
        + "\ndivided by what a core gave above with the most replicas: no reserve, and nothing for prompts, is in it."
    )
