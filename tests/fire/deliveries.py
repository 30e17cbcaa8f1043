"""What the platform got, beside what the ledger says of it."""

from collections import Counter

from handoff.domain.message_id import message_id
from tests.support.town import rows

SENT = """
SELECT i.account, i.external_id, o.conversation_id, o.seq, o.text, o.state, o.error
FROM outbox o JOIN conversations c ON c.id = o.conversation_id JOIN identities i ON i.id = c.identity_id
ORDER BY o.conversation_id, o.seq
"""


class Named:
    """What `message_id` needs of an outbox item."""

    def __init__(self, account: str, conversation_id: int, seq: int) -> None:
        self.account, self.conversation_id, self.seq = account, conversation_id, seq


def everything_was_delivered_in_order(fire) -> None:
    """At least once each; none twice where the platform gives a key."""
    outbox, sent = rows(fire.engine, SENT), fire.town.platform.sent
    to_be_called = {row[0] for row in rows(fire.engine, "SELECT conversation_id FROM tasks WHERE kind = 'call'")}
    # Residents who do not wait for an answer use up what the platform lets a bot say; a person is asked to call them.
    unsent = [row for row in outbox if row[5] not in ("sent", "draft")]
    assert {row[5:] for row in unsent} <= {("failed", "window")}
    assert {row[2] for row in unsent} == to_be_called
    assert len({row[2] for row in outbox}) == len({(row[0], row[1]) for row in outbox}), "somebody got no answer"
    due = [row for row in outbox if row[5] == "sent"]
    keyed = {
        message_id(Named(account, conversation, seq)) for account, _, conversation, seq, *_ in due if account == "kf"
    }
    # A repeat after a crash carries the key of the first, so that the platform refuses it; none has a key of its own.
    assert sorted(one.key for one in sent if one.key) == sorted(keyed)
    arrived: dict[str, list[str]] = {}
    for one in sent:
        arrived.setdefault(one.to, []).append(one.text)
    written: dict[str, list[str]] = {}
    for _, sender, _, _, text, *_ in due:
        written.setdefault(sender, []).append(text.splitlines()[0])
    for sender, texts in written.items():
        heard = [text.splitlines()[0] for text in arrived[sender]]
        assert not Counter(texts) - Counter(heard), "a text never arrived"
        assert is_in_order(texts, heard)


def is_in_order(texts: list[str], heard: list[str]) -> bool:
    """Whether `texts` can be read off `heard` from left to right, so that at most repeats stand between."""
    rest = iter(heard)
    return all(text in rest for text in texts)
