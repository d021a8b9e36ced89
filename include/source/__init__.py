"""Reads the shop without losing a row."""
