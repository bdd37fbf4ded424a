"""Retry decisions: pure, bounded, growing before jitter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsdrop.documents import ErrorClass
from newsdrop.ledger.retry import Backoff, Wait, decide
from newsdrop.ports import Dead, Retry

backoffs = st.builds(
    Backoff, max_attempts=st.integers(1, 200), first_ms=st.integers(1, 100_000), max_ms=st.integers(1, 10**9)
)
attempts = st.integers(1, 300)
randoms = st.floats(0, 1, exclude_max=True)


@given(attempts, randoms, backoffs)
def test_an_outage_spends_no_attempt_however_many_there_were(
    attempt: int, random: float, backoff: Backoff
) -> None:
    for kind in (ErrorClass.OUTAGE, ErrorClass.CONFIG):
        assert decide(kind, attempt, random, backoff) == Wait()


@given(attempts, randoms, backoffs)
def test_a_disk_that_is_away_spends_no_attempt_and_is_asked_again_within_a_minute(
    attempt: int, random: float, backoff: Backoff
) -> None:
    decision = decide(ErrorClass.STORAGE, attempt, random, backoff)
    assert isinstance(decision, Retry)
    assert not decision.spent
    assert backoff.storage_ms // 2 <= decision.after_ms <= backoff.storage_ms


@given(attempts, randoms, backoffs)
def test_a_permanent_error_is_dead_at_once(attempt: int, random: float, backoff: Backoff) -> None:
    assert decide(ErrorClass.PERMANENT, attempt, random, backoff) == Dead()


@given(attempts, randoms, backoffs)
def test_a_transient_error_is_tried_until_the_attempts_are_spent(
    attempt: int, random: float, backoff: Backoff
) -> None:
    decision = decide(ErrorClass.TRANSIENT, attempt, random, backoff)
    assert isinstance(decision, Dead) == (attempt >= backoff.max_attempts)


@given(attempts, randoms, backoffs)
def test_delays_are_bounded_by_a_ceiling_that_grows(attempt: int, random: float, backoff: Backoff) -> None:
    assert backoff.ceiling_ms(attempt) <= backoff.ceiling_ms(attempt + 1) <= backoff.max_ms
    decision = decide(ErrorClass.TRANSIENT, attempt, random, backoff)
    if isinstance(decision, Retry):
        assert 0 <= decision.after_ms <= backoff.ceiling_ms(attempt)


@given(st.integers(1, 20), randoms, randoms)
def test_jitter_is_full_and_monotonous_in_its_random_number(attempt: int, one: float, other: float) -> None:
    backoff = Backoff(max_attempts=100)
    low, high = sorted((one, other))
    first = decide(ErrorClass.TRANSIENT, attempt, low, backoff)
    second = decide(ErrorClass.TRANSIENT, attempt, high, backoff)
    assert isinstance(first, Retry)
    assert isinstance(second, Retry)
    assert first.after_ms <= second.after_ms
    assert decide(ErrorClass.TRANSIENT, attempt, 0.0, backoff) == Retry(0)


def test_the_default_ceilings_double_from_five_seconds_to_ten_minutes() -> None:
    ceilings = [Backoff().ceiling_ms(attempt) for attempt in range(1, 10)]
    assert ceilings == [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000, 600_000, 600_000]
