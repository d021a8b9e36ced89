"""Receives what the shop pushes and hands the ids on as Airflow asset events; off by default."""
