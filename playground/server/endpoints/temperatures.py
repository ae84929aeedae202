"""/temperatures: continuations of a prompt at several temperatures, with the same random numbers."""

import asyncio
import threading
from dataclasses import replace

from playground.engine.base import Text
from playground.models.footprint import text_size
from playground.server import programs
from playground.server.answers import MeasuredText, TemperaturesAnswer
from playground.server.endpoints.common import Temperature, open_asked
from playground.server.measuring import run_of, write_measured
from playground.server.settings import DEFAULTS, check_temperatures, jsonable, work_of


async def temperatures(
    model: str = DEFAULTS["model"],
    prompt: str = DEFAULTS["prompt"],
    temperatures: list[Temperature] = [0.2, 0.5, 1.0, 1.2],  # noqa: B006  # gradio shows it; nothing changes it
    seed: int = 42,
    length: int = 400,
) -> TemperaturesAnswer:
    """Continue a prompt at several temperatures with the same random numbers, and measure each text.

    Args:
        model: name of a model, as /models lists them, or owner/name@commit of one that was opened on the page.
        prompt: the text to continue; empty is the start of a text.
        temperatures: one to six numbers from 0 (greedy) to "inf" (uniform).
        seed: fixes the number u of every step, the same for all temperatures.
        length: how many symbols to write at each, 1 to 2,000.

    Returns:
        texts, one for each temperature: temperature; text (the prompt and what was written) and written;
        distinct_words, different words divided by words; loop_rate, the share of 12-character substrings that occurred
        earlier in the text; known_words, the share of words that occur in the training text, null if the model has no
        list of them; surprise, the mean of -log2 p at temperature 1, in bits. A measure is null where there is nothing
        to measure. known_words wrongly counts a few words in a thousand as known.
    """
    with programs.share() as share:
        found = check_temperatures(temperatures)
        given = {"model": model, "prompt": prompt, "seed": seed, "length": length}
        settings, checkpoint, encoding = await open_asked(given, share.requester)
        read = work_of(checkpoint, len(encoding.ids))
        writes = work_of(checkpoint, settings.length) * len(found)
        share.reserve(read + writes, text_size(checkpoint.model) * len(found))
        share.done(read)
        cancelled = threading.Event()
        text = Text(encoding.ids)

        async def one(temperature: float) -> MeasuredText:
            run = run_of(checkpoint, replace(settings, temperature=temperature), settings.seed)
            made, whole = await write_measured(checkpoint, settings.prompt, text, run, cancelled, share)
            like = made.measures(whole=whole)
            return {
                "temperature": jsonable(temperature),
                "text": made.text,
                "written": checkpoint.vocabulary.decode(made.ids),
                "distinct_words": like["distinct_words"],
                "loop_rate": like["loop_rate"],
                "known_words": like["known_words"],
                "surprise": like["surprise"],
            }

        try:
            texts = await asyncio.gather(*(one(temperature) for temperature in found))
        finally:
            cancelled.set()  # if one fails, or nobody waits any more, the others end too
        return {"model": settings.model, "seed": settings.seed, "texts": texts}
