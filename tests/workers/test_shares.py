"""Whose page a worker gets: no site's pages stand before those of all others."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from newscrawl.workers.costs import Costs
from newscrawl.workers.shares import Shares


def order(sites: str, most: int, slowed: str = "", cancelled: int | None = None) -> tuple[str, int]:
    """The sites whose pages were worked on, in order, and the most of `slowed` that were at once."""
    done: list[str] = []
    in_work: list[str] = []
    together = 0

    async def page(shares: Shares, site: str) -> None:
        nonlocal together
        async with shares.turn(site):
            in_work.append(site)
            together = max(together, sum(s in slowed for s in in_work))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            in_work.remove(site)
            done.append(site)

    async def all_of_them() -> None:
        shares = Shares(most, lambda site: site in slowed)
        tasks = [asyncio.create_task(page(shares, site)) for site in sites]
        if cancelled is not None:
            await asyncio.sleep(0)
            tasks[cancelled].cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    asyncio.run(all_of_them())
    return "".join(done), together


def test_pages_of_one_site_come_in_order_and_another_need_not_wait_for_all_of_them() -> None:
    assert order("aaaa", 2)[0] == "aaaa"
    assert order("aaaaaab", 2)[0].index("b") <= 3


def test_a_slowed_site_has_one_page_in_work_and_holds_nobody_up() -> None:
    done, together = order("aaaabb", 3, slowed="a")
    assert together == 1 and done.index("b") == 1 and sorted(done) == list("aaaabb")


def test_a_page_that_is_given_up_while_it_waits_or_works_frees_its_place() -> None:
    for cancelled in range(3):
        assert order("aab", 1, cancelled=cancelled)[0] in ("ab", "ba", "aa")


def test_a_site_is_left_after_as_many_losses_as_it_may_have_and_good_pages_make_up_for_some() -> None:
    costs = Costs(3)
    for _ in range(2):
        costs.lost("a")
    assert costs.is_slowed("a") and not costs.is_left("a") and not costs.is_slowed("b")
    for _ in range(100):
        costs.ended_well("a")
    costs.lost("a")
    assert not costs.is_left("a")
    costs.lost("a")
    assert costs.is_left("a") and costs.of("a") == 4 and not costs.is_left("b")
