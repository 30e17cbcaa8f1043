"""Channels: pure codecs and senders. Nothing here imports Rasa, the database or the desk."""
