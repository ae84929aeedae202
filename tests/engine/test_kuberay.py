"""The output for KubeRay: its structure, and how Ray's own autoscaler and Ray Serve interpret it."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from playground.engine.ray_serve import ENVIRONMENT, kuberay, plan
from playground.engine.ray_serve import __main__ as command
from tests.conftest import REPOSITORY, missing

IMAGE = "registry.example.org/playground:1"
SIZES = plan.sizes(["names-gru", "shakespeare-lstm"], plan.Size(2, 5))

@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    if find_spec("ray") is None:
        missing("needs Ray Serve: .venv/bin/pip install -r playground/engine/ray_serve/requirements.txt")
    found: dict[str, Any] = yaml.safe_load(kuberay.manifest(SIZES, IMAGE))
    return found


def test_the_output_has_the_fields_the_operator_requires(service: dict[str, Any]) -> None:
    """As the definitions of KubeRay 1.x say."""
    assert (service["apiVersion"], service["kind"]) == ("ray.io/v1", "RayService")
    assert service["spec"].keys() == {"serveConfigV2", "rayClusterConfig"}
    assert isinstance(service["spec"]["serveConfigV2"], str), "a text with YAML in it, and no YAML"
    cluster = service["spec"]["rayClusterConfig"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    for group in groups:
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        [container] = group["template"]["spec"]["containers"]
        assert container["image"] == IMAGE
        assert re.fullmatch(r"ray-(head|worker)", container["name"])
        assert {one["name"]: one["value"] for one in container["env"]} == ENVIRONMENT
    for group in cluster["workerGroupSpecs"]:
        assert group["groupName"]
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


@pytest.fixture(scope="module")
def read(service: dict[str, Any]) -> dict[str, Any]:
    """Ray's interpretation of it."""
    reader = [sys.executable, "-W", "ignore", "-m", "tests.engine.read_kuberay"]
    given = {"input": yaml.safe_dump(service), "cwd": REPOSITORY, "timeout": 300}
    answer = subprocess.run(reader, capture_output=True, text=True, check=True, **given)
    told: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return told


def test_ray_serve_takes_its_config(read: dict[str, Any]) -> None:
    assert read["applications"] == {plan.application(model): plan.IMPORT for model in SIZES}
    assert read["are_applications"] == [True] * len(SIZES)


def test_rays_autoscaler_reads_machines_for_each_replica_and_a_bare_head(read: dict[str, Any]) -> None:
    types = read["types"]
    head, workers = types["headgroup"], types["replicas"]
    assert head["resources"]["CPU"] == 0
    assert workers["resources"]["CPU"] == kuberay.PROCESSORS
    assert workers["max_workers"] == kuberay.MOST_MACHINES
    for model in SIZES:
        assert plan.memory(model) <= workers["resources"]["memory"] * (1 - kuberay.RAY_TAKES)
    least = sum(plan.memory(model) * size.least for model, size in SIZES.items())
    assert least <= workers["resources"]["memory"] * kuberay.MOST_MACHINES


def test_the_version_is_the_installed_one_and_the_command_prints_it(
    service: dict[str, Any],
    read: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert service["spec"]["rayClusterConfig"]["rayVersion"] == read["version"]
    options = ["--models", "names-gru", "shakespeare-lstm", "--replicas", "2", "--most", "5"]
    monkeypatch.setattr(sys, "argv", ["playground.engine.ray_serve", *options, "--print-ray-service", IMAGE])
    command.main()
    assert yaml.safe_load(capsys.readouterr().out) == service
