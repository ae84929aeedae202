"""The configuration of a kind of model: typed sizes with bounds, where every problem is reported at once.

A kind's own is a subclass beside its architecture. Knows no architecture.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator

from playground.errors import BadInput
from playground.schema import Schema, problems

MOST_FIELDS = 100  # so that a stranger's config costs little


class Config(Schema):
    """What a model is built from. Making one raises BadInput, which names every unknown, missing or absurd field.

    TACIT: fields that are not recorded while they have their default. So a kind can learn to do more, and the records
    of what it did before stay as they are.
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
    """The plain values from which `model_validate` makes the same configuration again."""
    return {
        name: value
        for name, value in config.model_dump().items()
        if name not in config.TACIT or value != type(config).model_fields[name].default
    }


def configure(config_class: type[Config], values: Mapping[str, Any]) -> Any:
    """A configuration of this class from plain values; BadInput as `Config` says."""
    return config_class.model_validate(dict(values))
