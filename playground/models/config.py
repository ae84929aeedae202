"""The configuration of a model kind: typed sizes with bounds; all problems are reported at once.

Each kind defines a subclass beside its architecture. Knows no architecture.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator

from playground.errors import BadInput
from playground.schema import Schema, problems

MOST_FIELDS = 100  # bounds what a config from an untrusted source can cost


class Config(Schema):
    """What a model is built from. Creating one raises BadInput, which names every unknown, missing or out-of-range
    field.

    TACIT: fields that are not recorded while they have their default. So a kind can gain options without changing the
    records of existing models.
    """

    model_config = ConfigDict(extra="forbid")
    TACIT: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="wrap")
    @classmethod
    def _named(cls, values: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if isinstance(values, dict) and len(values) > MOST_FIELDS:
            raise BadInput("config.many", config=cls.__name__, count=len(values))
        try:
            return handler(values)
        except ValidationError as error:
            raise BadInput("config.of", config=cls.__name__, problems=problems(cls, error)) from None


def values_of(config: Config) -> dict[str, Any]:
    """The plain values from which `model_validate` recreates the configuration."""
    return {
        name: value
        for name, value in config.model_dump().items()
        if name not in config.TACIT or value != type(config).model_fields[name].default
    }


def configure(config_class: type[Config], values: Mapping[str, Any]) -> Any:
    """A configuration of this class from plain values; raises BadInput as `Config` does."""
    return config_class.model_validate(dict(values))
