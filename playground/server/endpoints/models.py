"""/models: the available models."""

from playground import library
from playground.checkpoints.card import Card
from playground.server import sanitize
from playground.server.answers import ModelAnswer


def models() -> list[ModelAnswer]:
    """The available models, with their figures and prompts to try.

    Returns:
        name, title, kind, parameters (how many), validation_nats (the loss on its validation text, in nats per symbol),
        unit (what such a symbol is: character or jamo, a letter of a Korean syllable), prompts to try. A number that
        a model's record does not give is null; a model without a title of its own has its name for one.
    """
    return [_model(name, card) for name, card in library.all_cards().items()]


def _model(name: str, card: Card) -> ModelAnswer:
    known = sanitize.of_card(card)
    return {
        "name": name,
        "title": sanitize.title(name, card),
        "kind": card.kind,
        "parameters": known.get("parameters"),
        "validation_nats": known.get("validation", {}).get("nats"),
        "prompts": known.get("prompts", []),
        "unit": card.unit,
    }
