"""The threads of the page: each with a store of its own, errors told to who asked, streams let go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from newsdrop.index.store import Store
from newsdrop.testing import MemoryStore
from newsdrop.web.crew import Crew


class Closing(MemoryStore):
    closed = 0

    def close(self) -> None:
        Closing.closed += 1


@pytest.fixture
def crew() -> Iterator[Crew]:
    crew = Crew(Closing, 3)
    crew.start()
    yield crew
    crew.close()


def test_each_thread_has_a_store_of_its_own_and_closes_it() -> None:
    Closing.closed = 0
    crew = Crew(Closing, 3)
    crew.start()
    together = threading.Barrier(3)

    def meet(store: Store) -> tuple[int, str]:
        together.wait(30)
        return id(store), threading.current_thread().name

    async def ask() -> set[tuple[int, str]]:
        return set(await asyncio.gather(*(crew.do(meet) for _ in range(3))))

    met = asyncio.run(ask())
    assert len({store for store, _ in met}) == len({name for _, name in met}) == 3
    crew.close()
    assert Closing.closed == 3


def test_an_error_is_raised_to_who_asked_and_the_thread_goes_on(crew: Crew) -> None:
    def fail(_store: Store) -> None:
        raise ValueError("no")

    async def ask() -> int:
        for _ in range(5):
            with pytest.raises(ValueError, match="no"):
                await crew.do(fail)
        return await crew.do(lambda store: store.count())

    assert asyncio.run(ask()) == 0


def test_a_stream_that_is_left_early_is_closed(crew: Crew) -> None:
    ended = threading.Event()

    def pieces(_store: Store) -> Iterator[bytes]:
        try:
            yield b"1"
            yield b"2"
        finally:
            ended.set()

    async def take_one() -> bytes:
        stream = crew.stream(pieces)
        first = await anext(stream)
        assert not ended.is_set()
        await stream.aclose()
        return first

    assert asyncio.run(take_one()) == b"1"
    assert ended.is_set()


def test_a_stream_is_read_to_its_end(crew: Crew) -> None:
    async def take_all() -> list[bytes]:
        return [piece async for piece in crew.stream(lambda _store: iter([b"1", b"2"]))]

    assert asyncio.run(take_all()) == [b"1", b"2"]
