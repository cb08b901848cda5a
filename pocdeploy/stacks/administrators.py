"""Say that an administrator stays when another one is set: nothing deletes a user, who may own data."""

from __future__ import annotations

from pocdeploy.config import AppSettings
from pocdeploy.stacks.deployed import STACK, Deployed

DISABLE = (
    "from django.contrib.auth import get_user_model as m; "
    "m().objects.filter(**{{m().USERNAME_FIELD: '{}'}}).update(is_active=False)"
)
"""Python for Django's shell that lets a user no longer log in."""


def kept(name: str, app: AppSettings, deployed: Deployed, *, kubectl: str) -> str | None:
    """Return the line about the administrator before another ``admin.username``; None if there is none.

    ``kubectl`` is the command for the stack's cluster.
    """
    stack = next(deployed.of_type(STACK), None)
    outputs = (stack.outputs.get("apps") or {}).get(name) if stack else None
    before = outputs.get("adminUsername") if isinstance(outputs, dict) else None
    if app.database is None or not app.commands.admin or before in (None, app.admin.username):
        return None
    line = f"{name}: {app.admin.username} becomes an administrator, and {before} stays one"
    if app.commands.admin != "django":
        return line
    shell = (
        f'{kubectl} --namespace {name} exec deployment/{name} -- python manage.py shell -c "{DISABLE.format(before)}"'
    )
    return f"{line}; to disable that user: {shell}"
