"""From what the shop sends to what a worksheet holds; pure functions."""
