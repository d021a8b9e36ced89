"""How rows are found in HAP, a few by key or a whole worksheet."""
