"""What the bot is: channels, boundary, understanding, privacy, dialogue."""

import os

# Set before any numeric library is loaded: several threads for one short sentence only wait for each other, and starve the
# other processes of a small machine. Training spreads over processes instead.
os.environ.setdefault("OMP_NUM_THREADS", "1")
