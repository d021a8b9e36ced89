"""Where the demo keeps its things, and the environment that its Airflow runs in.

Every setting reaches Airflow by the environment; its `airflow.cfg` is empty. Settings of the
calling shell that begin with `AIRFLOW` are dropped on purpose; a connection to a real shop that
happens to be exported there must never be written to by a demo.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from include.demo.ports import Ports

PROJECT = Path(__file__).resolve().parents[2]
SHOP = {"app_id": "appDEMOshop0001", "client_id": "xopDEMO0001", "secret_key": "demo-secret-key"}
# What the simulated shop signs and encrypts its pushes with, once it pushes (docs/push.md).
PUSH = {
    "push_token": "demo-push-token0",
    "push_aes_key": "DemoPushKeyDemoPushKeyDemoPushKeyDemoPushKe",
}
HAP_APP = {"appkey": "demo-appkey", "sign": "demo-sign"}
LOGIN = "admin"

# What every task would otherwise import by itself, for half a CPU second and a third of one for the
# pipeline's own code. The last one sees to it that an edited rule takes effect with the next task.
PRELOADED = (
    "airflow.executors.local_executor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.dag_processing.dagbag",
    "airflow.providers.standard.decorators.python",
    "airflow_extras.preload",
)

# The same in docker-compose.yaml; tests/project holds the two together.
SHARED_AIRFLOW_SETTINGS = {
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__PARALLELISM": "8",  # two cores are busy with 8 slots; 16 only add latency
    "AIRFLOW__CORE__MP_START_METHOD": "forkserver",
    "AIRFLOW__CORE__MP_FORKSERVER_PRELOAD": ",".join(PRELOADED),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",  # else the form's Test button is grey
    # Airflow's own list knows none of these words, and would print them.
    "AIRFLOW__CORE__SENSITIVE_VAR_CONN_NAMES": (
        "appkey,app_key,sign,hap_sign,hap_appkey,app_id,push_aes_key"
    ),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{LOGIN}:admin",
    # The first task after a start waits 4.5 s for the API server; the default gives up after 5.
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
    # With the default of 5 a finished task may hold its slot for five idle seconds.
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    # With the default of 1 each of a run's five steps waits for up to a second. It costs a sixth of
    # a core while nothing is to be done.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    # Reading a DAG file takes most of a CPU second; with the default of 30, a fifth of a core goes
    # there at any time. A file of dags/ that is edited is read at once all the same.
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
    # Else what a log says to do stands beyond the right edge of the page.
    "AIRFLOW__API__DEFAULT_WRAP": "True",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
}
DEMO_AIRFLOW_SETTINGS = {
    "AIRFLOW__API__HOST": "127.0.0.1",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",  # default 300: a new file is seen that late
}


@dataclass(frozen=True)
class Folders:
    """The demo's folder and what lies in it."""

    root: Path

    @property
    def airflow(self) -> Path:
        """`AIRFLOW_HOME`: task logs and the login's password file."""
        return self.root / "airflow"

    @property
    def logs(self) -> Path:
        """One log file per process."""
        return self.root / "logs"

    @property
    def simulators(self) -> Path:
        """What the simulated HAP app holds between two runs."""
        return self.root / "simulators"

    @property
    def passwords(self) -> Path:
        """The file from which Airflow reads the login's password."""
        return self.airflow / "passwords.json"

    def create(self) -> None:
        """Create the folders; only the owner may read what is in them."""
        # As root the database runs as another user, who must be able to pass through.
        self.root.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
        for folder in (self.airflow, self.logs, self.simulators):
            folder.mkdir(mode=0o700, exist_ok=True)
        # Where there is none, Airflow writes one that holds its environment, secrets included.
        (self.airflow / "airflow.cfg").touch(mode=0o600)


@dataclass(frozen=True)
class Keys:
    """What Airflow encrypts and signs with, and the password of the login."""

    fernet_key: str
    jwt_secret: str
    session_secret: str
    password: str

    @classmethod
    def load_or_create(cls, folders: Folders) -> Keys:
        """Read the keys of the last run, else draw new ones; files are readable by the owner."""
        path = folders.root / "keys.json"
        if not path.exists():
            keys = cls(
                fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                jwt_secret=secrets.token_urlsafe(64),
                session_secret=secrets.token_urlsafe(32),
                password=secrets.token_urlsafe(12),
            )
            _write_private(path, json.dumps(asdict(keys)))
        keys = cls(**json.loads(path.read_text()))
        _write_private(folders.passwords, json.dumps({LOGIN: keys.password}))
        return keys


def service_environment() -> dict[str, str]:
    """Return the calling environment without what would change how the demo behaves."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONHOME"):
        kept.pop(name, None)
    # Everything is on loopback; on macOS, asking the system for its proxies crashes forked tasks.
    return kept | {
        "NO_PROXY": "*",
        "no_proxy": "*",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
        "PYTHONUNBUFFERED": "1",
    }


def airflow_environment(
    folders: Folders, ports: Ports, keys: Keys, database: str
) -> dict[str, str]:
    """Return the environment of every Airflow process of the demo."""
    url = f"http://127.0.0.1:{ports.airflow}"
    return (
        service_environment()
        | SHARED_AIRFLOW_SETTINGS
        | DEMO_AIRFLOW_SETTINGS
        | {
            "AIRFLOW_HOME": str(folders.airflow),
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
            "AIRFLOW__CORE__FERNET_KEY": keys.fernet_key,
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(folders.passwords),
            "AIRFLOW__API__PORT": str(ports.airflow),
            "AIRFLOW__API__BASE_URL": url,
            "AIRFLOW__API__SECRET_KEY": keys.session_secret,
            "AIRFLOW__API_AUTH__JWT_SECRET": keys.jwt_secret,
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
            "AIRFLOW_CONN_XIAOE_DEFAULT": _xiaoe_connection(ports),
            "AIRFLOW_CONN_MINGDAO_DEFAULT": _mingdao_connection(ports),
        }
    )


def _xiaoe_connection(ports: Ports) -> str:
    return json.dumps(
        {
            "conn_type": "xiaoe",
            "host": f"http://127.0.0.1:{ports.xiaoe}",
            "login": SHOP["app_id"],
            "password": SHOP["secret_key"],
            "extra": {"client_id": SHOP["client_id"], "allow_http": True, **PUSH},
        }
    )


def _mingdao_connection(ports: Ports) -> str:
    return json.dumps(
        {
            "conn_type": "mingdao",
            "host": f"http://127.0.0.1:{ports.hap}",
            "login": HAP_APP["appkey"],
            "password": HAP_APP["sign"],
            "extra": {"timezone": "Asia/Shanghai", "allow_http": True},
        }
    )


def _write_private(path: Path, text: str) -> None:
    """Write a file that never exists with wider rights than 0600."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
