"""The one place that sends HTTP: transport, addresses, retries, deadlines, the bytes of answers."""
