"""What weight tying saves: a kind's parameters with a separate output matrix, and with the embedding as output.

They are counted from outlines: nothing is trained for this, and no weights are read.
"""

from collections.abc import Iterator, Mapping

from playground.models import outline, values_of
from playground.models.config import Config
from playground.models.footprint import parameters
from playground.models.recurrent import RecurrentConfig

VOCABULARIES = (65, 50_257)  # the characters of Tiny Shakespeare, and the tokens of GPT-2


def table(configs: Mapping[str, Config]) -> str:
    """A Markdown table: for each kind that supports tying, the parameters of its configuration with both vocabularies.
    If its widths do not allow tying, the table says so, and a separate row has widths that do."""
    heads = " | ".join(f"{count:,} symbols | tied | saved" for count in VOCABULARIES)
    rows = [f"| kind | {heads} | widths |", f"|---|{'--:|' * 3 * len(VOCABULARIES)}---|"]
    for kind, config in configs.items():
        if "tied" in type(config).model_fields:
            rows += [f"| {' | '.join(cells)} |" for cells in _rows(kind, config)]
    return "\n".join(rows)


def count(kind: str, config: Config, vocabulary: int, tied: bool) -> int:
    """The parameters of this configuration with a vocabulary of that size, tied or not."""
    return parameters(outline(kind, {**values_of(config), "vocabulary": vocabulary, "tied": tied}))


def _rows(kind: str, config: Config) -> Iterator[list[str]]:
    widths = "embedding and output have one width"
    if isinstance(config, RecurrentConfig):
        widths = f"embedding and hidden must be equal: both {config.hidden}"
        if config.embedding != config.hidden:
            untied = (f"{count(kind, config, symbols, tied=False):,} | – | –" for symbols in VOCABULARIES)
            said = f"as bundled, embedding {config.embedding} and hidden {config.hidden}: cannot be tied"
            yield [kind, *untied, said]
            config = config.model_copy(update={"embedding": config.hidden})
    cells = []
    for symbols in VOCABULARIES:
        free, tied = (count(kind, config, symbols, tied=tied) for tied in (False, True))
        cells.append(f"{free:,} | {tied:,} | {free - tied:,} ({1 - tied / free:.1%})")
    yield [kind, *cells, widths]
