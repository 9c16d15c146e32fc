# Three stages: make the wheel, install it with the locked dependencies, run it as nobody special.
ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS wheel
WORKDIR /source
COPY requirements-dev.lock .
RUN python -m venv /tools \
    && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements-dev.lock
COPY . .
RUN /tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /wheels .

FROM ${PYTHON} AS installed
# requirements-tracing.lock brings what traces stand on.
ARG LOCK=requirements.lock
COPY ${LOCK} requirements.lock
# Hashes are required: an exchanged package does not get in.
RUN python -m venv /opt/onceonly \
    && /opt/onceonly/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY --from=wheel /wheels /wheels
RUN /opt/onceonly/bin/pip install --no-cache-dir --no-index --no-deps /wheels/*.whl

FROM ${PYTHON}
LABEL org.opencontainers.image.title="onceonly" \
      org.opencontainers.image.licenses="EUPL-1.2"
RUN groupadd --gid 10001 onceonly \
    && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin onceonly \
    && install -d -o onceonly -g onceonly -m 0700 /keys
COPY --from=installed /opt/onceonly /opt/onceonly
ENV PATH=/opt/onceonly/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ONCEONLY_MODE=production \
    ONCEONLY_HOST=0.0.0.0 \
    ONCEONLY_PORT=8080 \
    ONCEONLY_KEYS_DIR=/keys
USER 10001:10001
WORKDIR /
VOLUME /keys
EXPOSE 8080
# The process finishes what it asked before it ends.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"ONCEONLY_PORT\"]}/readyz', timeout=2)"]
ENTRYPOINT ["onceonly"]
CMD ["serve"]
