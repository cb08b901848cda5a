"""Make sure that the administrator exists and can log in.

A constant text, run inside the application as ``python manage.py shell -c "<this file>"``; nothing imports it. It
takes ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD from the environment, may run any number of times, and prints one
line with the name to log in with. No line and no error contains the password or its hash: an error of the database
quotes the row, so only its kind is printed. It works with every user model that has a USERNAME_FIELD and a password.
"""

import os
import sys
from typing import Any

from django.contrib.auth import get_user_model  # type: ignore[import-not-found,import-untyped,unused-ignore]
from django.db import models, transaction  # type: ignore[import-not-found,import-untyped,unused-ignore]

RIGHTS = ("is_active", "is_staff", "is_superuser")


def ensure_admin(username: str, email: str, password: str) -> str:
    """Create or correct the administrator; gives back one line that says what was done."""
    model = get_user_model()
    email_field = model.get_email_field_name()
    # Where people log in with their e-mail address, that is the name.
    name = model.normalize_username(email if email_field == model.USERNAME_FIELD else username)
    fields = {field.name: field for field in model._meta.concrete_fields}
    wanted: dict[str, Any] = {**dict.fromkeys(RIGHTS, True), email_field: email}
    wanted = {field: value for field, value in wanted.items() if field in fields and field != model.USERNAME_FIELD}

    with transaction.atomic():
        # Not the model's own manager: it can hide users, and join tables, which cannot be locked.
        users = models.QuerySet(model)
        user = users.select_for_update().filter(**{model.USERNAME_FIELD: name}).first()
        created = user is None
        if user is None:
            user = model(**{model.USERNAME_FIELD: name})
            if "username" in fields and not user.username:
                wanted["username"] = username  # often unique: the second user without a name would fail
            check_fields(user, {*wanted, model.USERNAME_FIELD, "password"})
        changed = [field for field, value in wanted.items() if getattr(user, field) != value]
        for field in changed:
            setattr(user, field, wanted[field])
        if created or not user.check_password(password):
            user.set_password(password)
            changed.append("password")
        if changed:
            user.save()
    check_rights(user)
    if created:
        return f"administrator {name!r}: created"
    return f"administrator {name!r}: {'corrected ' + ', '.join(changed) if changed else 'nothing to do'}"


def check_fields(user: Any, known: set[str]) -> None:
    """End the program if the model needs values that only a person knows."""
    needed = [
        field.name
        for field in user._meta.concrete_fields
        if not (
            field.null
            or field.primary_key
            or field.name in known
            or getattr(field, "auto_now", False)
            or getattr(field, "auto_now_add", False)
            or getattr(field, "generated", False)
            or getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
            or getattr(user, field.attname) is not None
        )
    ]
    if needed:
        sys.exit(
            f"the administrator was not created: the user model needs {', '.join(needed)}, which pocdeploy does not"
            " know. Set commands.admin to a command of the application, or to null"
        )


def check_rights(user: Any) -> None:
    """End the program if the user may not use the administration: rights can be properties of the model."""
    lacking = [right for right in RIGHTS if getattr(user, right, True) is False]
    if lacking:
        sys.exit(
            f"the administrator has no right {', '.join(lacking)}, which the user model computes itself. Set"
            " commands.admin to a command of the application that gives it"
        )


NAMES = ("ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_PASSWORD")
missing = [key for key in NAMES if not os.environ.get(key)]
if missing:
    sys.exit(f"not set in the environment: {', '.join(missing)}")
try:
    done = ensure_admin(*(os.environ[key] for key in NAMES))
except Exception as error:  # noqa: BLE001 -- see above
    sys.exit(f"the administrator was not created: {type(error).__module__}.{type(error).__qualname__}")
sys.stdout.write(done + "\n")
