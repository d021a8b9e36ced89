"""The pipeline: what we do with the data. Never imports Airflow."""
