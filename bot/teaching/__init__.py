"""How the encoder is taught (docs/understanding.md). Not needed to run, to train or to test the bot: it wants PyTorch, and an hour."""
