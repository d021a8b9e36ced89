"""One order from the list to HAP: listed, fetched, written, and the run finished."""
