"""docker-compose.yaml: valid by its schema, closed by default, the same Airflow as the demo."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import jsonschema
import pytest
import yaml

from include.demo.airflow_services import COMPONENTS, MIGRATE
from include.demo.secrets_needed import NEEDED
from include.demo.secrets_needed import SECRETS as SECRET_SETTINGS
from include.demo.settings import SHARED_AIRFLOW_SETTINGS
from tests.paths import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
AIRFLOW = ["airflow-init", "api-server", "scheduler", "dag-processor", "worker"]
LONG_RUNNING = [name for name in SERVICES if name != "airflow-init"]
SECRETS = {
    "AIRFLOW_ADMIN_PASSWORD",
    "AIRFLOW_FERNET_KEY",
    "AIRFLOW_JWT_SECRET",
    "AIRFLOW_SESSION_SECRET",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
}


def default_of(text: str) -> str:
    """Return what a setting is where its variable is not set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


def test_file_keeps_the_compose_schema() -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(vendored.read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(COMPOSE)


def test_the_schema_check_notices_a_mistake() -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    schema = json.loads(vendored.read_text())
    wrong = COMPOSE | {"services": {"postgres": {"imagee": "postgres"}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


def test_every_part_of_airflow_is_there() -> None:
    assert set(SERVICES) == {"postgres", "redis", *AIRFLOW, "simulators"}
    assert SERVICES["simulators"]["profiles"] == ["demo"]


def test_workers_and_their_broker_start_only_where_they_are_asked_for() -> None:
    for name, service in SERVICES.items():
        assert ("celery" in service.get("profiles", [])) == (name in ("redis", "worker"))
    assert default_of(SERVICES["scheduler"]["environment"]["AIRFLOW__CORE__EXECUTOR"]) == (
        "LocalExecutor"
    )


def test_the_broker_has_a_password_and_is_reached_by_airflow_alone() -> None:
    redis = SERVICES["redis"]
    assert "ports" not in redis
    assert redis["networks"] == ["broker"]
    assert COMPOSE["networks"]["broker"]["internal"] is True
    assert "requirepass" in redis["command"][-1]
    assert "$${REDIS_PASSWORD" not in redis["command"][-1]
    users = {name for name in SERVICES if "broker" in SERVICES[name]["networks"]}
    assert users == {"redis", "scheduler", "worker", "api-server"}


def test_every_worker_may_have_brothers() -> None:
    worker = SERVICES["worker"]
    assert not {"container_name", "hostname", "ports"} & set(worker)
    assert worker["volumes"] == SERVICES["scheduler"]["volumes"]


def test_the_list_of_shops_can_be_changed_without_building_an_image() -> None:
    (mount,) = (one for one in SERVICES["scheduler"]["volumes"] if one.startswith("./"))
    source, target, mode = mount.split(":")
    assert (ROOT / source).is_file()
    assert target == f"/opt/airflow/{source.removeprefix('./')}"
    assert mode == "ro"


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] not in ("root", "0", "0:0")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert not {"privileged", "cap_add", "pid", "network_mode"} & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_alone(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


def test_the_database_is_not_published() -> None:
    assert "ports" not in SERVICES["postgres"]
    assert SERVICES["postgres"]["networks"] == ["database"]
    assert COMPOSE["networks"]["database"]["internal"] is True


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yaml").read_text()
    settings = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    asked = re.findall(r"(?<!\$)\$\{(\w+)(:?[?-])?", settings)
    required = {name for name, operator in asked if operator == ":?"}
    others = {name for name, operator in asked if operator != ":?"}
    assert required == SECRETS
    assert others == {
        "AIRFLOW_EXECUTOR",
        "AIRFLOW_PARALLELISM",
        "AIRFLOW_PORT",
        "WORKSHEET_PORT",
        "XIAOE_STATE",  # holds the password of REDIS_PASSWORD, where there are several workers
    }


@pytest.mark.parametrize("name", AIRFLOW)
def test_a_service_is_given_the_secrets_that_it_needs_and_no_other(name: str) -> None:
    given = {key for key in SERVICES[name]["environment"] if key in SECRET_SETTINGS}
    assert given == NEEDED["migrate" if name == "airflow-init" else name]


def test_a_worker_reaches_neither_the_database_nor_the_keys_of_airflow() -> None:
    worker = SERVICES["worker"]
    assert "database" not in worker["networks"]
    text = json.dumps(worker["environment"])
    assert re.findall(r"\$\{(\w+):\?", text) == ["REDIS_PASSWORD", "REDIS_PASSWORD"]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_that_runs_away_is_stopped_by_its_limits(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+g", service["mem_limit"])
    assert service["pids_limit"] <= 512
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


def test_make_env_draws_every_secret() -> None:
    makefile = (ROOT / "Makefile").read_text()
    recipe = makefile.partition("\n.env:")[2].partition("\n\n")[0]
    assert all(name in recipe for name in SECRETS)


@pytest.mark.parametrize("name", AIRFLOW)
def test_airflow_has_the_settings_of_the_demo(name: str) -> None:
    environment = SERVICES[name]["environment"]
    given = {key: default_of(environment.get(key, "")) for key in SHARED_AIRFLOW_SETTINGS}
    assert given == SHARED_AIRFLOW_SETTINGS


def test_airflow_is_started_with_the_commands_of_the_demo() -> None:
    assert SERVICES["airflow-init"]["command"] == MIGRATE
    assert SERVICES["scheduler"]["command"] == COMPONENTS["scheduler"]
    assert SERVICES["dag-processor"]["command"] == COMPONENTS["dag-processor"]
    shell = SERVICES["api-server"]["command"][-1]
    assert shell.endswith(f"exec airflow {' '.join(COMPONENTS['api-server'])}")


@pytest.mark.parametrize("name", [name for name in LONG_RUNNING if name != "simulators"])
def test_long_running_services_are_watched(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0].startswith("CMD")
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_volumes_and_networks_are_declared() -> None:
    for service in SERVICES.values():
        volumes = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert {name for name in volumes if not name.startswith("./")} <= set(COMPOSE["volumes"])
        assert set(service["networks"]) <= set(COMPOSE["networks"])


def test_image_is_airflows_own_at_the_pinned_version() -> None:
    base = re.search(r"^FROM (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    pinned = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements.txt").read_text(), re.M)
    assert base
    assert pinned
    assert base[1] == f"apache/airflow:slim-{pinned[1]}-python3.12"


def test_image_never_runs_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert users[-1] == "airflow"
    assert "root" not in users


def test_nothing_secret_reaches_the_image() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = set()
    for line in re.findall(
        r"^COPY --chown=airflow:0 (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M
    ):
        copied |= set(line.split())
    assert copied == allowed
