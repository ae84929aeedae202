"""How far back a mistake has an effect: derivatives by hand, finite differences, and the kinds compared."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.errors import BadInput
from playground.inference.gradients import Gradients
from playground.library import load
from playground.models import build
from playground.models.backward import gradient_norms
from tests.inference.test_generate import checkpoint_of


def test_a_gradient_by_hand() -> None:
    """One feature, h' = tanh(x / 2 + h / 4), logits (h, −h), x = 1 twice: h = 0.46211716, then 0.54800759.

    The loss of symbol 0 is ln(1 + e^−2h), of which the derivative is −2 / (1 + e^2h) = −0.50098; so of the last x it is
    that times (1 − 0.548²) / 2 = 0.34984, and of the first one that times (1 − 0.548²) / 4 · (1 − 0.462²) / 2.
    """
    model = build("rnn", {"vocabulary": 2, "embedding": 1, "hidden": 1, "layers": 1}).eval()
    values = {
        "embedding.weight": [[1.0], [0.0]], "layers.0.w_ih": [[0.5]], "layers.0.w_hh": [[0.25]],
        "layers.0.b_ih": [0.0], "layers.0.b_hh": [0.0], "output.weight": [[1.0], [-1.0]], "output.bias": [0.0, 0.0],
    }  # fmt: skip
    model.load_state_dict({name: torch.tensor(value) for name, value in values.items()})
    [found] = gradient_norms(model, [[0, 0]], [0])
    slope = 2 / (1 + np.exp(2 * 0.54800759))
    last = slope * (1 - 0.54800759**2) / 2
    first = slope * (1 - 0.54800759**2) / 4 * (1 - 0.46211716**2) / 2
    np.testing.assert_allclose(found, [first, last], rtol=1e-5)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_the_gradient_equals_finite_differences(kind: str) -> None:
    checkpoint: Any = checkpoint_of(kind)
    model, ids = checkpoint.model.double(), [3, 1, 4, 1, 5, 9, 2, 6]
    [found] = gradient_norms(model, [ids[:-1]], [ids[-1]])
    x = model.embedding(torch.tensor([ids[:-1]])).detach()
    for place in range(7):
        slopes = []
        for feature in range(x.shape[2]):
            changed = [x.clone(), x.clone()]
            changed[0][0, place, feature] += 1e-5
            changed[1][0, place, feature] -= 1e-5
            outputs = (model.forward_embeddings(c)[0][:, -1] for c in changed)
            high, low = (F.cross_entropy(logits, torch.tensor(ids[-1:])) for logits in outputs)
            slopes.append(float((high - low) / 2e-5))
        assert np.linalg.norm(slopes) == pytest.approx(found[place], rel=1e-4)


def test_a_texts_gradient_is_independent_and_leaves_the_weights_unchanged() -> None:
    checkpoint: Any = checkpoint_of("lstm")
    texts, came = [[1, 2, 3, 4], [5, 6, 7, 8]], [2, 3]
    both = gradient_norms(checkpoint.model, texts, came)
    for row in range(2):
        [alone] = gradient_norms(checkpoint.model, texts[row : row + 1], came[row : row + 1])
        np.testing.assert_allclose(alone, both[row], rtol=1e-4)
    assert all(p.grad is None for p in checkpoint.model.parameters())


def test_the_query_averages_over_positions_from_the_last_symbol() -> None:
    checkpoint = checkpoint_of("gru")
    ids = np.random.default_rng(2).integers(0, 10, 60).tolist()
    places = [20, 31, 45]
    *nothing, found = Gradients(ids, places, back=5, warm=4).steps(checkpoint)
    assert nothing == [None, None]
    norms = [gradient_norms(checkpoint.model, [ids[at - 10 : at]], [ids[at]])[0, ::-1][:6] for at in places]
    assert found == pytest.approx(np.mean(norms, axis=0), rel=1e-5)


def test_the_gradient_of_the_plain_network_vanishes_first() -> None:
    text = "What light through yonder window breaks? It is the east, and Juliet is the sun. "
    text += "Arise, fair sun, and kill the envious moon"
    back: dict[str, list[float]] = {}
    for kind in ("rnn", "lstm"):
        checkpoint = load(f"shakespeare-{kind}")
        ids = checkpoint.vocabulary.encode(text).ids
        [back[kind]] = [norms for norms in Gradients(ids, [85, 95, 105], back=64).steps(checkpoint) if norms]
    assert back["rnn"][64] < back["rnn"][0] / 300
    assert back["lstm"][64] > 3 * back["rnn"][64]


def test_a_kind_without_embeddings_is_refused() -> None:
    checkpoint = checkpoint_of("ngram")
    with pytest.raises(BadInput, match="takes no embeddings"):
        next(Gradients([1, 2, 3], [2], 1).steps(replace(checkpoint, name="counted")))
