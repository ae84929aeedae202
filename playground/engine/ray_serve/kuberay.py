"""The deployments as a RayService, which KubeRay's operator starts on Kubernetes. Does not use Ray, and contacts no
cluster.

All machines have the same size, enough for the largest replica and some more; Ray places replicas by processors and
memory (plan.py), and asks KubeRay for more machines if none has room. No replica runs on the head node. The page is not
included: it runs separately, on any number of machines (README.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from math import ceil
from typing import Any

import yaml

from playground.engine.ray_serve import ENVIRONMENT, plan

PROCESSORS = 4  # of each worker machine
MOST_MACHINES = 10
RAY_TAKES = 0.3  # share of a machine's memory for Ray's shared memory; the rest is for replicas
HEAD = {"cpu": "2", "memory": "4Gi"}
GIB = 2**30


def manifest(sizes: Mapping[str | None, plan.Size], image: str) -> str:
    """The RayService in YAML. image: must have this code in its PYTHONPATH, and the same versions as here."""
    largest = max(plan.memory(model) for model in sizes)
    replicas = max(sum(plan.memory(model) * size.least for model, size in sizes.items()) / MOST_MACHINES, largest)
    memory = ceil(max(2 * largest, replicas) / (1 - RAY_TAKES) / GIB)
    service = {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": "playground", "namespace": "default"},
        "spec": {
            "serveConfigV2": plan.config(sizes),
            "rayClusterConfig": {
                "rayVersion": version("ray"),
                "enableInTreeAutoscaling": True,
                "headGroupSpec": {
                    "rayStartParams": {"num-cpus": "0"},
                    "template": _pod("ray-head", image, HEAD),
                },
                "workerGroupSpecs": [
                    {
                        "groupName": "replicas",
                        "replicas": 1,
                        "minReplicas": 1,
                        "maxReplicas": MOST_MACHINES,
                        "rayStartParams": {},
                        "template": _pod("ray-worker", image, {"cpu": f"{PROCESSORS}", "memory": f"{memory}Gi"}),
                    }
                ],
            },
        },
    }
    return yaml.safe_dump(service, sort_keys=False)


def _pod(name: str, image: str, resources: Mapping[str, str]) -> dict[str, Any]:
    both = {"limits": dict(resources), "requests": dict(resources)}
    env = [{"name": name, "value": value} for name, value in ENVIRONMENT.items()]  # Serve's controller reads it too
    return {"spec": {"containers": [{"name": name, "image": image, "env": env, "resources": both}]}}
