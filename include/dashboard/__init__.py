"""What the page in the Airflow UI shows, read from HAP: counts, sums, times; nobody's data."""
