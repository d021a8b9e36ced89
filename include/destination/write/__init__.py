"""The one place that writes rows to HAP."""
