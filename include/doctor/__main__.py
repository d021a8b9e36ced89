"""`make doctor`: prints the table; the same as the DAG `xiaoe_doctor`, without Airflow."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

from connectors.errors import ConnectorError
from include.connections import open_hap, open_xiaoe, order_feed
from include.doctor.examine import examine
from include.doctor.patient import Patient
from include.doctor.settings import settings_or_defaults


def main(arguments: Sequence[str]) -> int:
    """Examine both systems; 1 when something is blocking. `--preview` writes no scratch row."""
    logging.basicConfig(level=logging.ERROR)
    try:
        hap = open_hap()
        settings = settings_or_defaults(hap)
        patient = Patient(
            open_xiaoe(settings.paths),
            hap,
            settings,
            order_feed(),
            preview="--preview" in arguments,
        )
    except ConnectorError as error:
        sys.stderr.write(f"✗ {error}\n")
        return 1
    report = examine(patient)
    sys.stdout.write(report.table() + "\n")
    return 1 if report.blocking else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
