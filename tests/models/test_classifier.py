"""The classifier: its pooling and backward direction by hand, and that a verdict does not depend on the batch."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from playground.errors import BadInput
from playground.models import build
from playground.models.classifier import Classifier, ngram_buckets, pool, turn
from playground.models.verdicts import pad, shares, verdicts

CONFIG = {"vocabulary": 11, "embedding": 6, "hidden": 5, "ngrams": [2, 3], "buckets": 64}
TEXTS = [[3, 1, 4, 1, 5, 9, 2, 6], [5, 3], [7], [8, 9, 7, 9, 3]]


@pytest.fixture
def model() -> Classifier:
    torch.manual_seed(3)
    made: Classifier = build("classifier", CONFIG).eval()
    assert made.ngrams is not None
    torch.nn.init.normal_(made.ngrams.weight, std=0.5)  # with empty beginnings
    return made


def test_mean_and_maximum_exclude_the_padding() -> None:
    h = torch.tensor([[[1.0, -5.0], [3.0, -1.0], [100.0, 100.0]], [[2.0, 0.0], [4.0, -9.0], [6.0, 3.0]]])
    assert pool(h, torch.tensor([2, 3])).tolist() == [[2, -3, 3, -1], [4, -2, 6, 3]]


def test_a_text_is_reversed_within_its_own_length() -> None:
    turned = turn(torch.tensor([3, 1, 4]), 4)
    assert turned.tolist() == [[2, 1, 0, 3], [0, 1, 2, 3], [3, 2, 1, 0]]
    assert turned.gather(1, turned).tolist() == [[0, 1, 2, 3]] * 3


def test_an_n_gram_has_the_same_bucket_at_every_position() -> None:
    ids = torch.tensor([[4, 7, 1, 4, 7, 1], [9, 4, 7, 1, 0, 0]])
    buckets, inside = ngram_buckets(ids, 3, 10_000)
    assert inside.tolist() == [0, 0, 1, 1, 1, 1]
    assert buckets[0, 2] == buckets[0, 5] == buckets[1, 3]
    assert buckets[0, 2] != buckets[0, 3]
    assert ngram_buckets(ids, 2, 10_000)[0][0, 1] != ngram_buckets(ids, 3, 10_000)[0][0, 1]
    assert ngram_buckets(torch.tensor([[4]]), 3, 9)[1].tolist() == [0]


def test_both_directions_and_the_pooling_equal_single_steps(model: Classifier) -> None:
    ids = TEXTS[0]
    with torch.inference_mode():
        x = torch.stack(model.embed(torch.tensor([ids]))).sum(0)[0]
        halves = []
        for layer, order in ((model.forth, range(len(ids))), (model.back, range(len(ids) - 1, -1, -1))):
            state = torch.zeros(1, 5)
            after = {}
            for at in order:
                state = torch.gru_cell(x[at : at + 1], state, layer.w_ih, layer.w_hh, layer.b_ih, layer.b_hh)
                after[at] = state[0]
            halves.append(torch.stack([after[at] for at in range(len(ids))]))
        h = torch.cat(halves, 1)
        wanted = model.output(torch.cat((h.mean(0), h.amax(0))))
    assert model.classify(ids)[0].tolist() == pytest.approx(wanted.tolist(), abs=1e-6)


@pytest.mark.parametrize("width", [0, 9, 30])
def test_a_verdict_does_not_depend_on_the_batch(width: int, model: Classifier) -> None:
    together = verdicts(model, TEXTS, width)
    alone = np.concatenate([verdicts(model, [text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-6
    with torch.inference_mode():  # whatever the padding holds
        ids, lengths = pad(TEXTS, width)
        ids[torch.arange(ids.shape[1]) >= lengths[:, None]] = 6
        assert np.abs(model.classify(ids, lengths).numpy() - alone).max() < 1e-6


def test_without_the_mask_the_padding_is_read(model: Classifier) -> None:
    dropped = verdicts(model, [TEXTS[1]], 12, masked=False)
    assert np.abs(dropped - verdicts(model, [TEXTS[1]])).max() > 1e-3
    assert dropped == pytest.approx(verdicts(model, [[*TEXTS[1], *[0] * 10]]), abs=1e-6)


def test_the_shares_equal_the_effect_of_scaling_each_input(model: Classifier) -> None:
    ids = TEXTS[0]
    model = model.double()
    found = shares(model, ids)
    parts = [part.detach() for part in model.embed(torch.tensor([ids]))]

    def centred(stretched: list[torch.Tensor]) -> np.ndarray:
        with torch.no_grad():
            logits = model.judge(torch.stack(stretched).sum(0), torch.tensor([len(ids)]))[0]
        centre: np.ndarray = (logits - logits.mean()).numpy()
        return centre

    wanted = np.zeros((2, len(ids)))
    for which, span in enumerate(model.spans):
        for at in range(len(ids)):
            moved = []
            for by in (1e-5, -1e-5):
                stretched = [part.clone() for part in parts]
                stretched[which][0, at] *= 1 + by
                moved.append(centred(stretched))
            own = (moved[0] - moved[1]) / 2e-5 / span
            for back in range(span):
                if at - back >= 0:
                    wanted[:, at - back] += own
    assert found == pytest.approx(wanted, abs=1e-7)
    assert np.abs(wanted).max() > 1e-3
    assert found.sum(0) == pytest.approx(np.zeros(len(ids)), abs=1e-12)  # relative to the mean of the classes


def test_invalid_ids_and_configurations_are_refused(model: Classifier) -> None:
    for ids in ([], [11], [-1]):
        with pytest.raises(BadInput):
            model.classify(ids)
    for change in ({"ngrams": [1]}, {"classes": 1}, {"buckets": 0}, {"dropout": 1.0}):
        with pytest.raises(BadInput):
            build("classifier", CONFIG | change)


def test_dropout_acts_in_training_only(model: Classifier) -> None:
    dropping = build("classifier", CONFIG | {"dropout": 0.5})
    dropping.load_state_dict(model.state_dict())
    assert all(torch.equal(a, b) for a, b in pairwise([dropping.eval().classify(TEXTS[0]) for _ in range(3)]))
    dropping.train()
    assert not torch.equal(dropping.classify(TEXTS[0]), dropping.classify(TEXTS[0]))
