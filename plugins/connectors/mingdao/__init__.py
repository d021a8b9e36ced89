"""Mingdao HAP (明道云): its V3 worksheet API as a typed client, and the Airflow hook for it."""
