"""What the database itself refuses: no words of a resident come into the log by it, and nobody waits for ever."""

import asyncio

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DataError, DBAPIError

from handoff.domain.errors import Unavailable
from handoff.store.schema import conversations

WORDS = "幸福小区3号楼"
OVERFLOWS = text("SELECT :told, abs(CAST(:least AS BIGINT))")


def test_a_read_that_fails_tells_none_of_the_values_that_it_was_given(ledger):
    with pytest.raises((DBAPIError, Unavailable)) as failed:
        ledger.read_now(lambda tx: tx.connection.execute(OVERFLOWS, {"told": WORDS, "least": -(2**63)}))
    error = failed.value.__cause__ if isinstance(failed.value, Unavailable) else failed.value
    assert "parameters hidden" in str(error)
    assert WORDS not in str(error)


async def test_what_can_never_be_stored_is_not_tried_for_ever_and_harms_no_neighbour(ledger, scene):
    if not ledger.shared:
        pytest.skip("SQLite takes a text of any length")
    conversation = scene.says("r1", "你好")
    area = lambda tx, name: tx.connection.execute(update(conversations).values(area=name))  # noqa: E731
    unfit, fit = await asyncio.wait_for(
        asyncio.gather(
            ledger.write_surely(area, "长" * 500), ledger.write_surely(area, "幸福社区"), return_exceptions=True
        ),
        20,
    )
    assert isinstance(unfit, DataError)
    assert not isinstance(fit, Exception)
    assert scene.conversation(conversation).area == "幸福社区"
