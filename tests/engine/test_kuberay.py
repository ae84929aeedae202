"""What is printed for KubeRay: its structure, and what Ray's own autoscaler and Ray Serve read in it."""

import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from playground.engine.ray_serve import kuberay, plan
from tests.conftest import REPOSITORY, missing

IMAGE = "registry.example.org/playground:1"
SIZES = plan.sizes(["names-gru", "shakespeare-lstm"], plan.Size(2, 5))

# Ray's own warnings are not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    if find_spec("ray") is None:
        missing("needs Ray Serve: .venv/bin/pip install -r playground/engine/ray_serve/requirements.txt")
    found: dict[str, Any] = yaml.safe_load(kuberay.manifest(SIZES, IMAGE))
    return found


def test_it_has_what_the_operator_requires(service: dict[str, Any]) -> None:
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
    for group in cluster["workerGroupSpecs"]:
        assert group["groupName"]
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_ray_serve_takes_its_config(service: dict[str, Any]) -> None:
    schema = import_module("ray.serve.schema").ServeDeploySchema
    deployed = schema.model_validate(yaml.safe_load(service["spec"]["serveConfigV2"]))
    assert {one.name for one in deployed.applications} == {plan.application(model) for model in SIZES}
    replica = import_module("playground.engine.ray_serve.replica")
    for one in deployed.applications:
        assert one.import_path == plan.IMPORT
        assert isinstance(replica.application(one.args), import_module("ray.serve").Application)


def test_ray_s_autoscaler_reads_machines_that_hold_each_replica_and_a_head_without_one(
    service: dict[str, Any],
) -> None:
    read = import_module("ray.autoscaler._private.kuberay.autoscaling_config")
    cluster = {"metadata": service["metadata"], "spec": service["spec"]["rayClusterConfig"]}
    types = read._derive_autoscaling_config_from_ray_cr(cluster)["available_node_types"]
    head, workers = types["headgroup"], types["replicas"]
    assert head["resources"]["CPU"] == 0
    assert workers["resources"]["CPU"] == kuberay.PROCESSORS
    assert workers["max_workers"] == kuberay.MOST_MACHINES
    for model in SIZES:
        assert plan.memory(model) <= workers["resources"]["memory"] * (1 - kuberay.RAY_TAKES)
    least = sum(plan.memory(model) * size.least for model, size in SIZES.items())
    assert least <= workers["resources"]["memory"] * kuberay.MOST_MACHINES


def test_the_version_is_the_one_that_is_installed_and_one_command_prints_it(service: dict[str, Any]) -> None:
    assert service["spec"]["rayClusterConfig"]["rayVersion"] == import_module("ray").__version__
    command = [sys.executable, "-m", "playground.engine.ray_serve", "--models", "names-gru", "shakespeare-lstm"]
    command += ["--replicas", "2", "--most", "5", "--print-ray-service", IMAGE]
    printed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=300).stdout
    assert yaml.safe_load(printed) == service
