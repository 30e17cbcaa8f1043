"""What the database itself refuses: no words of a resident come into the log by it, and nobody waits for ever."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from handoff.domain.errors import Unavailable

WORDS = "幸福小区3号楼"
OVERFLOWS = text("SELECT :told, abs(CAST(:least AS BIGINT))")


def test_a_read_that_fails_tells_none_of_the_values_that_it_was_given(ledger):
    with pytest.raises((DBAPIError, Unavailable)) as failed:
        ledger.read_now(lambda tx: tx.connection.execute(OVERFLOWS, {"told": WORDS, "least": -(2**63)}))
    error = failed.value.__cause__ if isinstance(failed.value, Unavailable) else failed.value
    assert "parameters hidden" in str(error)
    assert WORDS not in str(error)
