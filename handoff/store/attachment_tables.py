"""The tables of what residents sent beside words."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from .columns import Utc, metadata

attachments = Table(
    "attachments",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("account", String(64), nullable=False),
    Column("media_id", String(512), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(12), nullable=False),  # waiting | fetching | stored | failed | gone
    Column("content_type", String(64)),
    Column("size", Integer),  # bytes
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Utc, nullable=False),
    Column("lease_until", Utc),
    Column("stored_at", Utc, index=True),
    Index("ix_attachments_due", "state", "next_at"),
)

attachment_parts = Table(  # sealed, in pieces, so that no single write holds the ledger up for long
    "attachment_parts",
    metadata,
    Column("conversation_id", Integer, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
