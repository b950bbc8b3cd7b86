"""Tasks that wait until something changes."""

import asyncio

from promptci.spending.waiters import Waiters


def test_a_change_wakes_all_that_wait_and_none_that_come_later():
    async def wait() -> list[str]:
        waiters, woken = Waiters(), []

        async def one(name: str) -> None:
            await waiters.next_change()
            woken.append(name)

        gone, *others = (asyncio.ensure_future(one(name)) for name in "abc")
        await asyncio.sleep(0)
        gone.cancel()
        waiters.wake()
        later = asyncio.ensure_future(one("later"))
        await asyncio.gather(*others)
        waiters.wake()
        waiters.wake()
        await later
        return woken

    assert asyncio.run(wait()) == ["b", "c", "later"]
