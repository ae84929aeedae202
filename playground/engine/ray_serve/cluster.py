"""Everything on this machine: starts Ray and the deployments, and ends them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import ray
from ray import serve

from playground.engine.ray_serve import plan
from playground.engine.ray_serve.replica import build

OBJECTS = 200_000_000  # bytes of Ray's shared memory: messages are small
END_SECONDS = 3  # for Ray's processes to end by themselves
PROCESSORS = 64  # as declared to Ray here, so that memory alone decides where a replica goes


@contextmanager
def start(sizes: Mapping[str | None, plan.Size]) -> Iterator[str]:
    """Ray with these deployments, ready to use; yields its address. Everything ends with this process at the latest."""
    top = str(Path(__file__).resolve().parents[3])
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if top not in paths:  # the replicas import this package, wherever they are started
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [top, *paths]))
    ray.init(
        address="local",
        num_cpus=PROCESSORS,
        object_store_memory=OBJECTS,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
    )
    try:
        serve.start(proxy_location="Disabled")
        serve.run_many(
            [
                serve.RunTarget(build(model, size), name=plan.application(model), route_prefix=None)
                for model, size in sizes.items()
            ]
        )
        yield ray.get_runtime_context().gcs_address
    finally:
        begun = psutil.Process().children(recursive=True)
        serve.shutdown()
        ray.shutdown()
        # Ray's agents check only occasionally whether their parent still exists.
        _, left = psutil.wait_procs(begun, timeout=END_SECONDS)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
