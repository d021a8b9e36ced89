"""What this project adds to Airflow itself, registered as an Airflow plugin."""
