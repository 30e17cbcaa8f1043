"""The commands behind `python -m bot`."""
