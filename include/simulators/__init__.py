"""Both vendors' open APIs on loopback, for the demo and the tests.

A simulator imports neither the connectors nor the rest of `include`: a client and a fake that share
code would also share their misunderstandings.
"""
