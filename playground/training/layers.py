"""Layers with their own learning rates that are unfrozen one by one, so that pretrained knowledge is not lost at once.

Howard and Ruder, 2018 (ULMFiT, sections 3.2 and 3.3): discriminative rates and gradual unfreezing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True)
class Layers:
    """names: of the modules of each layer, the top layer first; together they have all parameters. divisor: a layer's
    rate is that of the layer above, divided by it. thaw: epochs between the unfreezing of a layer and of the next
    below; 0: all learn from the first epoch on."""

    names: tuple[tuple[str, ...], ...]
    divisor: float = 1.0
    thaw: int = 0

    def parts(self, model: nn.Module) -> Iterator[tuple[float, list[nn.Parameter]]]:
        """For each layer its share of the learning rate, and its parameters."""
        for depth, names in enumerate(self.names):
            yield self.divisor**-depth, [p for name, p in model.named_parameters() if name.split(".")[0] in names]

    def freeze(self, model: nn.Module, epoch: int) -> None:
        """Unfreeze the layers whose turn has come in an epoch, 0 being the first, and freeze the others: without a
        gradient an optimiser leaves them unchanged."""
        for depth, (_, parameters) in enumerate(self.parts(model)):
            for parameter in parameters:
                parameter.requires_grad_(depth * self.thaw <= epoch)
