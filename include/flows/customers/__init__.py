"""Customers and what they typed into forms: read, written, counted by segment, erased."""
