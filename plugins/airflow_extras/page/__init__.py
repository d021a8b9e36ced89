"""The page 小鹅通同步 · Xiaoe sync in the Airflow UI: a small web app beside Airflow's own."""
