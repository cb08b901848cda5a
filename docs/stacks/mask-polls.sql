-- Makes a copy of the polls database fit to be shown: nobody in it can be recognised or can log in, and polls stay as they
-- are. May be run again. The stack's own administrator is made after it.
UPDATE auth_user SET
    username = 'user' || id,
    first_name = '',
    last_name = '',
    email = 'user' || id || '@example.com',
    password = '!',
    is_staff = false,
    is_superuser = false;
DELETE FROM django_session;
DELETE FROM django_admin_log;
