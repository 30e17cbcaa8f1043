"""Who has the conversation: ledger, ownership, turns, outbox, cases, queue, statistics, web."""
