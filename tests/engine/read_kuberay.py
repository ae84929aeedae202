"""Ray's interpretation of a RayService, as JSON: `python -m tests.engine.read_kuberay < service.yaml`.

A separate process, because Ray reads the environment at import and caches it.
"""

import json
import sys

import ray
import yaml
from ray import serve
from ray.autoscaler._private.kuberay import autoscaling_config
from ray.serve.schema import ServeDeploySchema

from playground.engine.ray_serve import replica

service = yaml.safe_load(sys.stdin)
deployed = ServeDeploySchema.model_validate(yaml.safe_load(service["spec"]["serveConfigV2"]))
cluster = {"metadata": service["metadata"], "spec": service["spec"]["rayClusterConfig"]}
told = {
    "version": ray.__version__,
    "applications": {one.name: one.import_path for one in deployed.applications},
    "are_applications": [isinstance(replica.application(one.args), serve.Application) for one in deployed.applications],
    "types": autoscaling_config._derive_autoscaling_config_from_ray_cr(cluster)["available_node_types"],
}
sys.stdout.write(json.dumps(told) + "\n")
