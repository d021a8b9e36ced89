"""The steps of the DAGs, in plain Python."""
