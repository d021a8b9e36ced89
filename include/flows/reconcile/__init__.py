"""The night: both sides compared by day, repaired, and what the day missed caught up with."""
