# One image for every service of StellarMap, and for its commands. SERVICE is the one that starts when no command is given:
#   docker build -f deploy/service.Dockerfile --build-arg SERVICE=ingest-horizon -t stellarmap-ingest-horizon .

# ── the pages ──
FROM node:20.19.5-bookworm-slim AS pages
WORKDIR /web
COPY services/web/package.json services/web/package-lock.json services/web/.npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY services/web ./
RUN npm run build

# ── the packages ──
FROM python:3.11.14-slim-bookworm AS packages
ENV UV_NO_CACHE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /source
COPY requirements.lock ./
# uv itself comes from the lock too: its version and its hashes are those that `make` installs.
RUN sed -n '/^uv==/,/[^\\]$/p' requirements.lock > /tmp/uv.txt \
 && python -m pip install --only-binary :all: --no-deps --require-hashes -r /tmp/uv.txt \
 && uv venv --python /usr/local/bin/python3.11 /opt/stellarmap \
 && uv pip sync --python /opt/stellarmap/bin/python --only-binary :all: --require-hashes --compile-bytecode requirements.lock
COPY libs ./libs
COPY services ./services
# The build backend is in the lock: nothing unlocked is fetched. What only builds is then taken out again.
RUN uv pip install --python /opt/stellarmap/bin/python --no-deps --no-build-isolation --compile-bytecode \
      libs/common libs/sandbox services/enricher services/gateway services/hva-tracker services/ingest-bigquery \
      services/ingest-horizon services/web \
 && uv pip uninstall --python /opt/stellarmap/bin/python uv hatchling editables \
 && uv pip check --python /opt/stellarmap/bin/python
COPY --from=pages /web/dist /opt/stellarmap/lib/python3.11/site-packages/stellarmap_web/dist

# ── what runs ──
FROM python:3.11.14-slim-bookworm
ARG SERVICE=gateway
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="stellarmap" \
      org.opencontainers.image.description="Who created this Stellar account, all the way back to genesis" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      stellarmap.service="${SERVICE}"
RUN groupadd --gid 10001 stellarmap \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin stellarmap \
 && install --directory --owner stellarmap --group stellarmap --mode 0750 /data
COPY --chmod=0755 deploy/probe.py /usr/local/bin/stellarmap-probe
COPY --from=packages /opt/stellarmap /opt/stellarmap
# Bytecode was written at build time: the file system may be read-only. Only /data, where used, is written.
ENV PATH=/opt/stellarmap/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STELLARMAP_SERVICE=${SERVICE} STELLARMAP_HTTP_HOST=0.0.0.0 STELLARMAP_HTTP_PORT=8400 STELLARMAP_DATA_DIR=/data
WORKDIR /data
USER 10001:10001
EXPOSE 8400
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["stellarmap-probe", "/livez"]
ENTRYPOINT ["stellarmap"]
# The service of STELLARMAP_SERVICE.
CMD ["run"]
