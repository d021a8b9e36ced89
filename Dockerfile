# The slim image holds Airflow alone; the full one carries some 25 providers whose own pins disagree
# with requirements.txt.
FROM apache/airflow:slim-3.3.2-python3.12

# Third-party packages first: an edited DAG then rebuilds only the layers below.
COPY --chown=airflow:0 requirements.txt requirements-celery.txt /opt/airflow/
RUN pip install --no-cache-dir --require-hashes -r requirements.txt -r requirements-celery.txt

COPY --chown=airflow:0 pyproject.toml LICENSE /opt/airflow/
COPY --chown=airflow:0 dags /opt/airflow/dags
COPY --chown=airflow:0 plugins /opt/airflow/plugins
COPY --chown=airflow:0 include /opt/airflow/include

# The empty airflow.cfg keeps Airflow from writing one, which would hold every secret of its
# environment; the folder is where the processes share the shop's access token.
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e . \
    && python -m compileall -q dags plugins include \
    && touch airflow.cfg \
    && mkdir -m 700 tokens

USER airflow
