"""Which secrets each of Airflow's processes needs; the same in docker-compose.yaml.

A task runs code that handles what strangers sent, so what its process does not know it cannot give
away. Tasks reach the database, and connections that are stored in it, through the API server alone;
with the LocalExecutor they are the scheduler's children and see its environment.
"""

from __future__ import annotations

from collections.abc import Mapping

DATABASE = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
FERNET = "AIRFLOW__CORE__FERNET_KEY"  # opens the connections that are stored in the database
SESSION = "AIRFLOW__API__SECRET_KEY"
JWT = "AIRFLOW__API_AUTH__JWT_SECRET"  # signs what the scheduler hands to a task
BROKER = "AIRFLOW__CELERY__BROKER_URL"
RESULTS = "AIRFLOW__CELERY__RESULT_BACKEND"
STATE = "XIAOE_STATE"  # the address of the Redis where rates and token are shared, password and all
CONNECTIONS = ("AIRFLOW_CONN_XIAOE_DEFAULT", "AIRFLOW_CONN_MINGDAO_DEFAULT")
SECRETS = frozenset({DATABASE, FERNET, SESSION, JWT, BROKER, RESULTS, STATE, *CONNECTIONS})

NEEDED: Mapping[str, frozenset[str]] = {
    "migrate": frozenset({DATABASE}),
    "api-server": frozenset({DATABASE, FERNET, SESSION, JWT, STATE, *CONNECTIONS}),
    "scheduler": frozenset({DATABASE, JWT, BROKER, RESULTS, STATE, *CONNECTIONS}),
    "dag-processor": frozenset({DATABASE}),
    "triggerer": frozenset({DATABASE}),
    "worker": frozenset({BROKER, RESULTS, STATE, *CONNECTIONS}),
}


def environment_of(component: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without the secrets that a component does not need."""
    withheld = SECRETS - NEEDED[component]
    return {name: value for name, value in environment.items() if name not in withheld}
