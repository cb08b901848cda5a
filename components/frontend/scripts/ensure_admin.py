"""Make sure that the administrator exists and can log in.

A constant text, run inside the application as ``python manage.py shell -c "<this file>"``; nothing imports it. It
takes ADMIN_USERNAME, ADMIN_EMAIL and ADMIN_PASSWORD from the environment, may run any number of times, and prints one
line, which never holds the password. It works with every user model that has a USERNAME_FIELD and a password.
"""

import os
import sys
from typing import Any

from django.contrib.auth import get_user_model  # type: ignore[import-not-found,import-untyped,unused-ignore]
from django.db import transaction  # type: ignore[import-not-found,import-untyped,unused-ignore]


def ensure_admin(username: str, email: str, password: str) -> str:
    """Create or correct the administrator; gives back one line that says what was done."""
    model = get_user_model()
    email_field = model.get_email_field_name()
    # Where people log in with their e-mail address, that is the name.
    name = model.normalize_username(email if email_field == model.USERNAME_FIELD else username)
    fields = {field.name for field in model._meta.get_fields()}
    wanted: dict[str, Any] = {"is_active": True, "is_staff": True, "is_superuser": True, email_field: email}
    wanted = {field: value for field, value in wanted.items() if field in fields and field != model.USERNAME_FIELD}

    with transaction.atomic():
        # Not get_or_create: a new user is stored only once all required fields have their values.
        user = model._default_manager.select_for_update().filter(**{model.USERNAME_FIELD: name}).first()
        created = user is None
        if user is None:
            user = model(**{model.USERNAME_FIELD: name})
        changed = [field for field, value in wanted.items() if getattr(user, field) != value]
        for field in changed:
            setattr(user, field, wanted[field])
        if created or not user.check_password(password):
            user.set_password(password)
            changed.append("password")
        if changed:
            user.save()

    if created:
        return f"administrator {name!r}: created"
    return f"administrator {name!r}: {'corrected ' + ', '.join(changed) if changed else 'nothing to do'}"


NAMES = ("ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_PASSWORD")
missing = [key for key in NAMES if not os.environ.get(key)]
if missing:
    sys.exit(f"not set in the environment: {', '.join(missing)}")
sys.stdout.write(ensure_admin(*(os.environ[key] for key in NAMES)) + "\n")
