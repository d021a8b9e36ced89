"""Finds out what works, what does not and why, in both systems, before anybody has to guess."""
