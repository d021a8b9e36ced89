# Works with GNU make 3.81 (macOS) and newer. Everything is installed into .venv, nothing elsewhere.

PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
	"$$p" -c 'import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo "$$p"; break; }; done)
BIN := .venv/bin
COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --custom-compile-command 'make lock' \
	--generate-hashes --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

INSTALL = $(BIN)/uv pip install -q --python $(BIN)/python --compile-bytecode

# uv does not read pip's settings: a mirror set for pip would be ignored without this line.
INDEX = $(or $(PIP_INDEX_URL),$(shell $(BIN)/pip config get global.index-url 2>/dev/null))

# pip believes the machine's own certificates (a company's proxy, a mirror); uv does when told to.
export UV_SYSTEM_CERTS ?= true

# With this set, as some CI systems do, every Airflow process compiles everything again: 5 s instead of 2 s each.
unexport PYTHONDONTWRITEBYTECODE

# A file's tests stay in one process, for they share what is slow to set up; files go out in their order.
PYTEST = $(BIN)/python -m pytest -n logical --dist loadscope --no-loadscope-reorder
QUICK = tests/mapping tests/destination tests/flows tests/test_shops.py tests/simulators tests/connectors \
	$(addprefix --ignore=tests/connectors/,xiaoe/test_hook.py mingdao/test_hook.py test_retry_policy.py \
	test_provider_info.py test_connection_fields.py)

# What builds a shop around the moment; the slow ones among them prove nothing about time.
ANY_DAY = tests/pipeline tests/captured tests/destination tests/flows tests/test_shops.py tests/doctor tests/status tests/push \
	$(addprefix --ignore=tests/pipeline/,test_undetermined_hap.py test_undetermined_xiaoe.py test_switch_pairs.py)

.PHONY: all venv lint test test-quick test-any-day demo doctor explain export soak rehearsal bench scale-out docs screenshots lock clean
all: lint test

venv: .venv/installed

.venv/installed: requirements.txt tests/requirements.txt pyproject.toml
	@test -x $(BIN)/pip || test -n "$(PYTHON)" || { echo "$(NO_PYTHON)" >&2; exit 1; }
	@echo "$(INSTALLING)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@sed -n '/^uv==/,/[^\\]$$/p' tests/requirements.txt > .venv/uv.txt
	@$(BIN)/pip install -q --disable-pip-version-check --retries 2 --require-hashes -r .venv/uv.txt \
		&& $(if $(INDEX),UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$(INDEX)}") \
		$(INSTALL) --require-hashes -r requirements.txt -r tests/requirements.txt \
		&& $(INSTALL) --no-deps --no-build-isolation -e . \
		|| { echo "$(NO_PACKAGES)" >&2; exit 1; }
	@touch $@

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r dags include plugins
	$(BIN)/python -m tests.audit requirements.txt tests/requirements.txt requirements-celery.txt

# On every core; what follows goes to pytest: make test ARGS='tests/mapping -k phone'.
test: venv
	$(PYTEST) $(ARGS)

# For the loop while writing: no Airflow, no process but our own.
test-quick: venv
	$(PYTEST) $(QUICK) $(ARGS)

# At three moments drawn by lot, or at those given: make test-any-day MOMENTS='2028-02-29T03:29:59 ...'.
test-any-day: venv
	@failed=0; for moment in $(or $(MOMENTS),$$($(BIN)/python -m tests.moment)); do \
		echo "TEST_MOMENT=$$moment"; TEST_MOMENT="$$moment" $(PYTEST) $(ANY_DAY) $(ARGS) || failed=1; \
	done; exit $$failed

demo: venv
	@$(BIN)/python -m include.demo $(if $(filter-out 0,$(ONCE)),--once)

# Both read the connections from AIRFLOW_CONN_XIAOE_DEFAULT and AIRFLOW_CONN_MINGDAO_DEFAULT; with
# SHOP=<name>, from those of that shop in include/shops.toml.
doctor: venv
	@$(BIN)/python -m include.doctor $(if $(SHOP),--shop "$(SHOP)") $(if $(filter-out 0,$(PREVIEW)),--preview) $(if $(filter-out 0,$(VERBOSE)),--verbose) $(if $(SHAPES),--shapes "$(SHAPES)")

explain: venv
	@$(BIN)/python -m include.explain $(if $(SHOP),--shop "$(SHOP)") "$(ORDER)"

# What is known about one person, as JSON: on the terminal, or with OUT=file.json in a file of its owner alone.
# USER is also the login name that every shell exports: only the one that was typed counts.
export: venv
	@$(BIN)/python -m include.export $(if $(SHOP),--shop "$(SHOP)") $(if $(OUT),--out "$(OUT)") \
		"$(if $(filter command,$(origin USER)),$(USER))"

# Forty times as many histories of a shop as a test run plays, and fresh ones: about an hour of one core. The
# seed is printed; SEED=... plays the same ones again. Before them, every secondary interface with every fault.
soak: SEED := $(or $(SEED),$(shell date +%s))
soak: venv
	MATRIX=1 $(BIN)/python -m pytest tests/matrix
	@echo "SEED=$(SEED)"
	SECONDARY=all $(PYTEST) tests/secondary
	HISTORIES=20000 SEED=$(SEED) $(PYTEST) tests/histories/test_histories.py

# Loads of growing size, the same on Airflow, and other ways of doing it; results in docs/performance.md. An hour
# and a half; BENCH_SIZES=1000,10000 and BENCH_PARTS=loads (of loads,airflow,peers) make it shorter, and
# BENCH_BEFORE=<commit> measures that commit beside this one.
bench: venv
	@UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$(INDEX)}" $(BIN)/python -m tests.bench

# Debian's PostgreSQL and Redis, two Celery workers, two shops; one worker is killed on the way.
scale-out: .venv/celery
	$(BIN)/python -m tests.scale_out --keep .scale-out $(if $(ORDERS),--orders-per-day "$(ORDERS)")

.venv/celery: venv requirements-celery.txt
	@$(if $(INDEX),UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$(INDEX)}") \
		$(INSTALL) --require-hashes -r requirements-celery.txt \
		|| { echo "$(NO_PACKAGES)" >&2; exit 1; }
	@touch $@

# A backfill of 90 days beside the live schedule, on a real Airflow; half an hour on two idle cores.
rehearsal: venv
	$(BIN)/python -m tests.backfill

docs: venv
	$(BIN)/python -m docs.generate

# Runs the demo and drives a browser through it; wants the system's chromium and Chinese fonts.
screenshots: venv .venv/screenshots
	.venv/screenshots/bin/python -m docs.screenshots

.venv/screenshots: docs/screenshots.txt
	@$(BIN)/python -m venv $@ && $@/bin/pip install -q --disable-pip-version-check --require-hashes -r $< && touch $@

lock: venv
	$(COMPILE) pyproject.toml --group build -o requirements.txt
	$(COMPILE) --no-annotate --group dev -c requirements.txt -o tests/requirements.txt
	$(COMPILE) --no-annotate --group celery -c requirements.txt -o requirements-celery.txt
	$(COMPILE) --no-annotate --group screenshots -o docs/screenshots.txt

# The secrets that docker-compose.yaml asks for, drawn once. A Fernet key is 32 bytes in URL-safe base64.
.env:
	@umask 077; { for name in POSTGRES_PASSWORD REDIS_PASSWORD AIRFLOW_ADMIN_PASSWORD AIRFLOW_SESSION_SECRET AIRFLOW_JWT_SECRET; do \
		echo "$$name=$$(openssl rand -hex 32)"; done; \
		echo "AIRFLOW_FERNET_KEY=$$(openssl rand -base64 32 | tr '+/' '-_')"; } > $@
	@echo "已生成 / written: $@"

clean:
	@test ! -d .demo || $(BIN)/python -m include.demo --clean
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info

NO_PYTHON = 需要 Python 3.11、3.12 或 3.13（含 venv 模块；Debian 上：apt install python3-venv）。\
 已试过 python3.12、python3.11、python3.13、python3；也可指定：make PYTHON=/path/to/python3.12 / \
 Python 3.11, 3.12 or 3.13 with its venv module is needed; name one with make PYTHON=...
INSTALLING = 正在安装到 .venv：约 700 MB，网络好时一两分钟，期间没有输出 / \
 installing into .venv: some 700 MB, a minute or two on a good network, without any output
NO_PACKAGES = 安装依赖失败：多半是连不上 PyPI。请检查网络，或设置镜像（PIP_INDEX_URL、UV_DEFAULT_INDEX）后重试。 / \
 Installing failed, most likely because PyPI is out of reach: check the network, or set a mirror, and try again.
