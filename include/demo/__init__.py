"""What `make demo` runs: both simulators, a real Airflow, and the steps that drive it over REST."""
