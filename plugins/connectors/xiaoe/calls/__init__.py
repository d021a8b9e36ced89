"""The calls of `XiaoeClient`, one module per topic."""
