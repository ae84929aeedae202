"""How many values a program receives of a run."""

from playground.server.values import BATCH, FEW, FRACTIONS, READS, SECONDS_EACH, Values


def test_with_few_programs_each_batch_of_steps_gives_a_value() -> None:
    values = Values(lambda: FEW, lambda: 0.0)
    assert list(values.counts(BATCH - 1, ended=False)) == []
    assert list(values.counts(3 * BATCH + 1, ended=False)) == [BATCH, 2 * BATCH, 3 * BATCH]
    assert list(values.counts(3 * BATCH + 2, ended=False)) == []
    assert list(values.counts(5 * BATCH, ended=True)) == [4 * BATCH]  # the last one is sent by the caller


def test_with_many_programs_the_first_value_is_immediate_and_later_ones_rarer() -> None:
    now, many = 0.0, 10 * FEW
    values = Values(lambda: many, lambda: now)
    assert list(values.counts(0, ended=False)) == []
    assert list(values.counts(1, ended=False)) == [1]
    for number, fraction in enumerate((*FRACTIONS[1:], FRACTIONS[-1]), 2):
        now += 0.9 * fraction * SECONDS_EACH * many
        assert list(values.counts(number, ended=False)) == []
        now += 0.2 * fraction * SECONDS_EACH * many
        assert list(values.counts(number, ended=False)) == [number]
    now *= 9
    assert list(values.counts(9 * BATCH, ended=True)) == []


def test_with_many_programs_a_value_comes_once_its_reader_is_done_with_the_last_one() -> None:
    now = 5.0
    values = Values(lambda: FEW + 1, lambda: now)
    assert list(values.counts(10 * READS, ended=False)) == [10 * READS]  # ten seconds of reading
    now += 9.9
    assert list(values.counts(20 * READS, ended=False)) == []
    now += 0.2
    assert list(values.counts(20 * READS, ended=False)) == [20 * READS]
