"""How pressing it is that a person comes: P0, P1 or P2, in this order. bot/boundary/handoff_triggers.json says which is what."""

# Life and safety: served first, by whoever is there, and paged until somebody has taken it.
LIFE_SAFETY = "P0"
