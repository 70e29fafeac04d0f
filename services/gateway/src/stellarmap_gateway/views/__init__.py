"""Answers made from what is stored: reads alone."""
