"""What people are told: the page in the Airflow UI, messages, what the status worksheets hold."""
