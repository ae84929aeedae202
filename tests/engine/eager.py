"""Starts replicas for tests: the named models scale up sooner, from more than FEW requests per replica and at once,
and their health is checked every second. Everything else is as `playground.engine.ray_serve` derives from its
command line."""

from typing import Any

from playground.engine.ray_serve import __main__ as command
from playground.engine.ray_serve import plan

FEW = 4


def options(model: str | None, size: plan.Size) -> dict[str, Any]:
    """The plan's options with other values."""
    found = planned(model, size)
    if size.least:
        soon = {"upscale_delay_s": 0, "metrics_interval_s": 0.2, "look_back_period_s": 1}
        found["autoscaling_config"] |= {"target_ongoing_requests": FEW, **soon}
        found["health_check_period_s"] = 1
    return found


if __name__ == "__main__":
    planned, plan.options = plan.options, options
    command.main()
