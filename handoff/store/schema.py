"""The ledger's tables, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from .attachment_tables import attachment_parts, attachments  # noqa: F401 (tables of the same ledger)
from .columns import Utc, metadata

residents = Table(
    "residents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("created_at", Utc, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("resident_id", ForeignKey("residents.id"), nullable=False, index=True),
    Column("account", String(64), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("external_id", String(128), nullable=False),
    UniqueConstraint("account", "external_id"),
)

links = Table(  # two residents who are one person, by that person's own word; undoing one changes nothing else
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("resident_id", ForeignKey("residents.id"), nullable=False, index=True),
    Column("other_id", ForeignKey("residents.id"), nullable=False, index=True),
    Column("conversation_id", Integer, nullable=False),  # where the resident confirmed, in which message
    Column("seq", Integer, nullable=False),
    Column("offered_by", String(64), nullable=False),
    Column("linked_at", Utc, nullable=False),
    Column("undone_at", Utc),
    Column("undone_by", String(64)),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("conversation_id", Integer, nullable=False),
    Column("offered_by", String(64), nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("identity_id", ForeignKey("identities.id"), nullable=False, unique=True),
    Column("owner", String(80), nullable=False),
    Column("version", Integer, nullable=False, default=1),
    Column("episode", Integer, nullable=False, default=1),
    Column("last_seq", Integer, nullable=False, default=0),
    Column("resident_seq", Integer, nullable=False, default=0),  # the resident's last message
    Column("handled_seq", Integer, nullable=False, default=0),  # up to where the bot's turns have come
    Column("priority", String(2)),
    Column("reason_trigger", String(40)),
    Column("reason_seq", Integer),
    Column("waiting_since", Utc),
    Column("area", String(64)),
    Column("skills", JSON, nullable=False, default=list),  # what whoever serves it should know: law, dialect, …
    Column("reach", Integer, nullable=False, default=0),  # how far the queue entry is open: domain/sight.py
    Column("sealed", Boolean, nullable=False, default=False),
    Column("sealed_in_danger", Boolean, nullable=False, default=False),  # only for that: domain/sealing.py
    Column("category", String(8)),
    Column("understanding", JSON, nullable=False, default=dict),
    Column("window_event", String(32)),
    Column("window_at", Utc),
    Column("sends_used", Integer, nullable=False, default=0),
    Column("event_code", String(200)),  # for one message that costs no send; good until event_code_until
    Column("event_code_until", Utc),
    Column("closed_period", String(16)),
    Column("expects", String(16)),  # what the desk itself asked for: phone
    Column("failures", Integer, nullable=False, default=0),
    Column("lease_token", String(40)),
    Column("lease_until", Utc),
    Column("owner_seen_at", Utc),
    Column("opened_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Index("ix_conversations_queue", "owner", "priority", "waiting_since"),
)

messages = Table(
    "messages",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("sender", String(12), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("author", String(64)),
    Column("client_id", String(64)),
    Column("data", JSON, nullable=False, default=dict),
    Column("at", Utc, nullable=False, index=True),
    UniqueConstraint("conversation_id", "author", "client_id"),
)

inbound = Table(
    "inbound",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("conversation_id", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("received_at", Utc, nullable=False, index=True),
    Column("raw", LargeBinary),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("account", String(64), nullable=False),
    Column("recipient", String(128), nullable=False),
    Column("author", String(12), nullable=False),
    Column("text", Text, nullable=False),
    Column("buttons", JSON, nullable=False, default=list),
    Column("fence", Integer),  # the conversation version this may be sent at; null: whatever happens
    Column("urgent", Boolean, nullable=False, default=False),  # may use the sends that are kept for the person
    Column("state", String(12), nullable=False),  # queued | sending | sent | failed | draft | held | joined
    Column("attempts", Integer, nullable=False, default=0),
    Column("parts_sent", Integer, nullable=False, default=0),  # a long text goes out in several sends
    Column("joined_to", Integer, index=True),  # the row that carries this text as well
    Column("reminded_at", Utc),  # held since then: the resident was told that something waits
    Column("next_at", Utc, nullable=False),
    Column("lease_until", Utc),
    Column("platform_id", String(64)),
    Column("error", String(200)),
    Index("ix_outbox_due", "state", "next_at"),
    Index("ix_outbox_platform_id", "account", "platform_id"),
    UniqueConstraint("conversation_id", "seq"),
)

cases = Table(
    "cases",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("conversation_id", Integer, index=True),
    Column("resident_id", Integer, index=True),
    Column("type", String(8), nullable=False),
    Column("category", String(8), nullable=False),
    Column("bot_category", String(8)),
    Column("place", String(200)),
    Column("description", Text, nullable=False),
    Column("status", String(24), nullable=False),
    Column("urgent", Boolean, nullable=False, default=False),
    Column("sealed", Boolean, nullable=False, default=False),
    Column("area", String(64), index=True),
    Column("created_at", Utc, nullable=False, index=True),
    Column("due_at", Utc, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("unit", String(80)),
    Column("outcome", String(24)),
    Column("closed_at", Utc),
    Column("joins", String(20)),
)

case_events = Table(
    "case_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", ForeignKey("cases.number"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("data", JSON, nullable=False, default=dict),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("episode", Integer, nullable=False),
    Column("trigger", String(40), nullable=False),
    Column("priority", String(2), nullable=False),
    Column("category", String(8)),
    Column("area", String(64)),
    Column("requested_at", Utc, nullable=False, index=True),
    Column("claimed_at", Utc),
    Column("first_human_at", Utc),
    Column("ended_at", Utc),
    Column("ended_how", String(24)),
    Column("wrong", Boolean, nullable=False, default=False),
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", Integer),
    Column("number", String(20)),
    Column("from_category", String(8)),
    Column("to_category", String(8), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at", Utc, nullable=False, index=True),
)

promises = Table(
    "promises",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", Integer, index=True),
    Column("number", String(20), index=True),
    Column("text", String(400), nullable=False),
    Column("by", String(64), nullable=False),  # who said it: bot, desk or a username
    Column("owner", String(64), nullable=False, default="office"),  # who has to keep it: office or a username
    Column("made_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False, index=True),
    Column("kept_at", Utc),
    Column("dropped_at", Utc),  # no longer owed: the resident took it back
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", Integer, index=True),
    Column("kind", String(24), nullable=False),
    Column("text", String(400), nullable=False),
    Column("phone", LargeBinary),  # sealed; only of an open call-back
    Column("undo_phone", LargeBinary),  # sealed; it goes as soon as the task can no longer be opened again
    Column("due_at", Utc),
    Column("promise_id", Integer),
    Column("created_at", Utc, nullable=False),
    Column("done_at", Utc),
    Column("done_by", String(64)),
    Column("undo_until", Utc, index=True),  # until then whoever did it may open it again
)

call_tries = Table(  # calls that nobody answered; one that was noted by mistake is deleted
    "call_tries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("task_id", ForeignKey("tasks.id"), nullable=False, index=True),
    Column("by", String(64), nullable=False),
    Column("at", Utc, nullable=False),
)

pages = Table(
    "pages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", Integer, nullable=False),
    Column("trigger", String(40), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Utc, nullable=False),
    Column("delivered_at", Utc),
)

users = Table(
    "users",
    metadata,
    Column("username", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("area", String(64)),
    Column("skills", JSON, nullable=False, default=list),
    Column("capacity", Integer),  # null: the office's
    Column("valid_until", Utc),
    Column("active", Boolean, nullable=False, default=True),
    Column("password_hash", String(200), nullable=False),
    Column("created_at", Utc, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("username", ForeignKey("users.username"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
    Column("seen_at", Utc),  # the last sign of life of an open console; no history of it is kept
    Column("console_until", Utc),  # until when a console counts as open, none once it is closed
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Utc, nullable=False, index=True),
    Column("actor", String(64), nullable=False),
    Column("action", String(40), nullable=False),
    Column("target", String(80)),
    Column("detail", JSON, nullable=False, default=dict),
)

policies = Table(
    "policies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("proposed_by", String(64), nullable=False),
    Column("proposed_at", Utc, nullable=False),
    Column("approved_by", String(64)),
    Column("approved_at", Utc),
    Column("rejected_at", Utc),
)

platform_tokens = Table(
    "platform_tokens",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("token", LargeBinary),
    Column("expires_at", Utc),
    Column("forced_at", Utc),
    Column("lock_token", String(40)),
    Column("lock_until", Utc),
)

cursors = Table(
    "cursors",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("value", Text, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Integer, nullable=False),
)
