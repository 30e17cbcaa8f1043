"""What runs beside the requests: the turns, the outbox, the pager, the clockwork of the queue."""
