"""The plan of a cluster: a deployment for each model, sized by its memory. Does not use Ray."""

from typing import Any

import pytest
import yaml

from playground import engine, library, threads
from playground.checkpoints import memory
from playground.engine.local import Local
from playground.engine.ray_serve import plan
from playground.models import TASKS


@pytest.fixture
def applications() -> dict[str, Any]:
    """The applications of the config, by name."""
    config = yaml.safe_load(plan.config(plan.sizes(["names-gru"], plan.Size(2, 5))))
    assert config["proxy_location"] == "Disabled"
    return {one["name"]: one for one in config["applications"]}


def test_every_model_has_a_deployment_and_all_others_share_one(applications: dict[str, Any]) -> None:
    names = [plan.application(model) for model in (*library.available(*TASKS), None)]
    assert list(applications) == names
    assert len(set(names)) == len(library.available(*TASKS)) + 1
    assert applications[plan.application("names-gru")]["args"] == {"model": "names-gru"}
    assert applications[plan.application(None)]["args"] == {}


def test_named_models_have_replicas_and_others_get_them_on_demand(
    applications: dict[str, Any],
) -> None:
    for name, application in applications.items():
        [deployment] = application["deployments"]
        scaling = deployment["autoscaling_config"]
        assert (scaling["min_replicas"], scaling["max_replicas"]) == (2 * (name == "playground-names-gru"), 5)
        assert scaling["target_ongoing_requests"] < deployment["max_ongoing_requests"]


def test_a_replica_reserves_its_models_memory_and_is_limited_to_it(applications: dict[str, Any]) -> None:
    for model in library.available(*TASKS):
        options = applications[plan.application(model)]["deployments"][0]["ray_actor_options"]
        need = library.memory_of(library.load(model).model)
        assert options["memory"] > plan.PROCESS + need.peak
        own = options["runtime_env"]["env_vars"]
        assert float(own[memory.BOUND_NAME]) * 1e6 > need.peak - 1e6
        assert own.items() >= threads.ONE.items()
    sizes = {model: plan.memory(model) for model in library.available(*TASKS)}
    assert sizes["shakespeare-transformer"] > sizes["shakespeare-lstm"] > sizes["names-gru"]


def test_an_outline_equals_the_checkpoint_without_weights() -> None:
    for name in library.available(*TASKS):
        outline, whole = library.outline(name), library.load(name)
        for field in ("name", "kind", "config", "card", "start", "start_ids", "end_ids", "start_source"):
            assert getattr(outline, field) == getattr(whole, field), (name, field)
        assert outline.vocabulary.symbols == whole.vocabulary.symbols
        model: Any = outline.model
        assert {tensor.device.type for tensor in model.state_dict().values()} == {"meta"}
        assert library.memory_of(outline.model) == library.memory_of(whole.model)
    assert library.outline("names-gru") is library.outline("names-gru")


def test_the_environment_selects_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engine.CHOICE, "local")
    assert isinstance(engine.choose_engine(), Local)
    monkeypatch.setenv(engine.CHOICE, "cloud")
    with pytest.raises(SystemExit, match="is local or ray, but was 'cloud'"):
        engine.choose_engine()
