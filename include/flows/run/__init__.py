"""What every flow needs: context, window and batches of a run, and what is recorded of failures."""
