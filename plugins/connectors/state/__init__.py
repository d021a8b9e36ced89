"""What processes share: the paces of calls, the token, which interfaces keep others waiting."""
