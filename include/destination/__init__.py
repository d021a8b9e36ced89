"""What HAP should hold, and the one place that writes it there."""
