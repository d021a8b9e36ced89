"""Mingdao HAP's open API on loopback: V3, and a page to look at.

What the vendor documents is fixed. What was only observed, or never determined, is a switch in
`settings.HapSettings`, so that a client can be run against every answer the real service may give.
"""
