"""Which deployment serves a model, how many replicas it has, and how much memory each takes. Does not use Ray."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from playground import library, threads
from playground.checkpoints.memory import BOUND_NAME
from playground.engine.local import MEMORY, SEATS
from playground.engine.prefixes import MOST_BYTES
from playground.engine.ray_serve import ENVIRONMENT
from playground.models import TASKS
from playground.models.footprint import text_size

PREFIX = "playground-"
DEPLOYMENT = "Replica"
IMPORT = "playground.engine.ray_serve.replica:application"

ONGOING = 2 * SEATS  # concurrent requests per replica; further ones wait at the caller
WANTED = SEATS // 2  # target of requests per replica: with more, another replica is started
PROCESS = 500_000_000  # bytes of Python, torch and Ray in a replica
OTHERS_MEMORY = 3_000_000_000  # bytes of the models in a replica of the shared deployment

UP_SECONDS, DOWN_SECONDS = 5, 600  # how long more, or fewer, replicas must be needed before they are started, or ended
HEALTH_SECONDS = 5
DRAIN_SECONDS = 120  # for texts being written in a replica that ends: 2,000 characters of a slow model


@dataclass(frozen=True)
class Size:
    """The minimum and maximum number of a deployment's replicas, and how many processors each reserves."""

    least: int = 1
    most: int = 8
    processors: float = 1


def application(model: str | None) -> str:
    """The name of the application that serves a model; None for the one shared by models without their own."""
    return f"{PREFIX}{model or 'others'}"


def models_memory(model: str | None) -> int:
    """Bytes that models may take in a replica for this model; None for the shared deployment."""
    return OTHERS_MEMORY if model is None else 2 * library.memory_of(library.outline(model).model).peak


def memory(model: str | None) -> int:
    """Bytes that a replica takes: the process, its models, the prefix cache, and the texts being written."""
    texts = MEMORY if model is None else min(MEMORY, ONGOING * text_size(library.outline(model).model))
    return PROCESS + models_memory(model) + MOST_BYTES + texts


def environment(model: str | None) -> dict[str, str]:
    """The environment of a replica's process."""
    return {**ENVIRONMENT, **threads.ONE, BOUND_NAME: f"{models_memory(model) / 1e6:.0f}"}


def options(model: str | None, size: Size) -> dict[str, Any]:
    """The options of a deployment, in Ray Serve's terms."""
    return {
        "autoscaling_config": {
            "min_replicas": size.least,
            "max_replicas": max(1, size.least, size.most),
            "target_ongoing_requests": WANTED,
            "upscale_delay_s": UP_SECONDS,
            "downscale_delay_s": DOWN_SECONDS,
        },
        "max_ongoing_requests": ONGOING,
        "health_check_period_s": HEALTH_SECONDS,
        "graceful_shutdown_timeout_s": DRAIN_SECONDS,
        "ray_actor_options": {
            "num_cpus": size.processors,
            "memory": memory(model),
            "runtime_env": {"env_vars": environment(model)},
        },
    }


def sizes(first: Collection[str], size: Size) -> dict[str | None, Size]:
    """The sizes of all deployments. Models in `first` have replicas from the start; any other gets one at its first
    request, and loses it after a while without any."""
    waiting = Size(0, size.most, size.processors)
    found: dict[str | None, Size] = {name: size if name in first else waiting for name in library.available(*TASKS)}
    return found | {None: waiting}


def config(sizes: Mapping[str | None, Size]) -> str:
    """The input of `serve deploy` and a RayService (`serveConfigV2`), in YAML."""
    applications = [
        {
            "name": application(model),
            "route_prefix": None,
            "import_path": IMPORT,
            "args": {} if model is None else {"model": model},
            "deployments": [{"name": DEPLOYMENT, **options(model, size)}],
        }
        for model, size in sizes.items()
    ]
    return yaml.safe_dump({"proxy_location": "Disabled", "applications": applications}, sort_keys=False)
