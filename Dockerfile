# The image of the worker and of the `fieldcare` command. PostgreSQL and Temporal are not in it: see docker-compose.yml.
# Tag and digest are changed together: docs/deployment.md, "A new version".
ARG PYTHON_IMAGE=python:3.13.15-slim-trixie@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# Every dependency at the version and with the hash of the lock file; no extras, and no pip in the result.
COPY requirements-runtime.lock requirements.lock ./
RUN python -m venv --without-pip /opt/fieldcare \
    && python -m pip --python /opt/fieldcare/bin/python install --require-hashes -r requirements-runtime.lock
# The build tool is pinned as well: its entry of requirements.lock.
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements.lock > build.lock \
    && python -m pip install --require-hashes -r build.lock
COPY pyproject.toml README.md LICENSE worker.py ./
COPY models models
COPY activities activities
COPY workflows workflows
COPY starter starter
COPY migrations migrations
RUN python -m pip wheel --no-deps --no-build-isolation --no-index --wheel-dir dist . \
    && python -m pip --python /opt/fieldcare/bin/python install --no-deps --no-index dist/*.whl

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin fieldcare
COPY --from=build /opt/fieldcare /opt/fieldcare
ENV PATH=/opt/fieldcare/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FIELDCARE_LOG_JSON=true
WORKDIR /opt/fieldcare
USER 10001:10001
# SIGTERM lets running activities finish (FIELDCARE_GRACEFUL_SHUTDOWN). There is no HEALTHCHECK here, because the image
# also runs one-shot commands; the worker's is in docker-compose.yml.
CMD ["python", "-m", "worker"]
