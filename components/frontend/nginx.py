"""nginx in the pod of an application: pure functions from plain values to dicts."""

from __future__ import annotations

from typing import Any

from components.frontend.context import WebAppContext
from pocdeploy.config import AppSettings
from pocdeploy.config.addons import WebServer
from pocdeploy.config.storage import TMP
from pocdeploy.release.limits import PRE_STOP

FILES = "/static"
"""Below it, nginx has the files of each path in a folder with its number."""
TEMPORARY, STATIC = "nginx-tmp", "nginx-static"
"""Volumes of the pod: request bodies and nginx's own files, and the files that it serves."""
_CONFIG = """\
worker_processes 2;
pid {tmp}/nginx.pid;
error_log /dev/stderr warn;
events {{ worker_connections 1024; }}
http {{
  include /etc/nginx/mime.types;
  default_type application/octet-stream;
  log_format json escape=json '{{"time":"$time_iso8601","request_id":"$http_x_request_id","method":"$request_method",'
    '"path":"$uri","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time,"server":"nginx"}}';
  access_log /dev/stdout json;
  client_body_temp_path {tmp}/body; proxy_temp_path {tmp}/proxy; fastcgi_temp_path {tmp}/fastcgi;
  uwsgi_temp_path {tmp}/uwsgi; scgi_temp_path {tmp}/scgi;
  server_tokens off; sendfile on; tcp_nopush on;
  client_header_timeout 10s; client_body_timeout 10s; send_timeout 10s;
  client_max_body_size {max_body};
  # Longer than the gateway's 90 s, so that the gateway ends idle connections.
  keepalive_timeout 95s;
  gzip on; gzip_min_length 1024; gzip_proxied any; gzip_vary on;
  gzip_types text/plain text/css text/xml application/json application/javascript text/javascript image/svg+xml;
  map $http_upgrade $connection_header {{ default upgrade; '' ''; }}
  # Names with a digest never change their content.
  map $uri $cache_header {{
    "~[.-][0-9a-f]{{8,}}\\." "public, max-age=31536000, immutable";
    default "public, max-age=3600";
  }}
  upstream application {{ server 127.0.0.1:{port}; keepalive 16; }}
  server {{
    listen {listen};
{locations}
    location / {{
      proxy_pass http://application;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_header;
      # A slow client holds nginx, and no thread of the application.
      proxy_request_buffering on; proxy_buffering on;
      proxy_connect_timeout 3s; proxy_read_timeout 60s; proxy_next_upstream off;
    }}
  }}
}}
"""
_LOCATION = """\
    location {url} {{
      alias {files}/;
      gzip_static on;
      add_header Cache-Control $cache_header;
      access_log off;
    }}"""


def listen_port(app: AppSettings) -> int:
    """Return the port of nginx: the first one from 8080 on that the application does not use."""
    return next(port for port in range(8080, 8090) if port not in (app.port, app.metrics_port))


def config(app: AppSettings, settings: WebServer) -> str:
    """Return the text of nginx.conf."""
    locations = [
        _LOCATION.format(url=f"{url.rstrip('/')}/", files=f"{FILES}/{index}")
        for index, url in enumerate(settings.static)
    ]
    return _CONFIG.format(
        tmp=TMP, max_body=settings.max_body, port=app.port, listen=listen_port(app), locations="\n".join(locations)
    )


def container(app: AppSettings, settings: WebServer, *, port_name: str) -> dict[str, Any]:
    """Return the container. Its configuration is a variable, so that a restored revision has its own one."""
    connects = {"tcpSocket": {"port": port_name}}
    return {
        "name": "nginx",
        "image": settings.image,
        "command": [
            "sh",
            "-c",
            f'printf "%s" "$NGINX_CONF" >{TMP}/nginx.conf && exec nginx -c {TMP}/nginx.conf -g "daemon off;"',
        ],
        "env": [{"name": "NGINX_CONF", "value": config(app, settings)}],
        "ports": [{"name": port_name, "containerPort": listen_port(app)}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": TEMPORARY, "mountPath": TMP},
            *([{"name": STATIC, "mountPath": FILES, "readOnly": True}] if settings.static else []),
        ],
        "startupProbe": {**connects, "periodSeconds": 1, "failureThreshold": 30},
        "readinessProbe": {**connects, "periodSeconds": 3, "failureThreshold": 2},
        "livenessProbe": {**connects, "periodSeconds": 10, "failureThreshold": 3, "timeoutSeconds": 3},
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "lifecycle": {"preStop": {"sleep": {"seconds": PRE_STOP}}},
    }


def copies(context: WebAppContext, settings: WebServer) -> list[dict[str, Any]]:
    """Return the init containers that copy the files of the application's image for nginx."""
    return [
        {
            "name": f"static-{index}",
            "image": context.image,
            "command": ["cp", "-R", f"{path}/.", f"{FILES}/{index}/"],
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "128Mi"}},
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volumeMounts": [{"name": STATIC, "mountPath": f"{FILES}/{index}", "subPath": str(index)}],
            "terminationMessagePolicy": "FallbackToLogsOnError",
        }
        for index, path in enumerate(settings.static.values())
    ]


def volumes(settings: WebServer) -> list[dict[str, Any]]:
    """Return the volumes of the pod that nginx needs."""
    files = [{"name": STATIC, "emptyDir": {"sizeLimit": "512Mi"}}] if settings.static else []
    return [{"name": TEMPORARY, "emptyDir": {"sizeLimit": "256Mi"}}, *files]
