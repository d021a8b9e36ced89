"""Sends the shop's messages to an address that asked for them (contracts: xiaoe §9)."""
