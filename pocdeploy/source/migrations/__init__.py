"""Read migrations as text: what would break the release that serves, and whether the database still has it.

changes  one change of a table, and which changes of a series still count
sql      folders of SQL files
alembic  modules of Alembic, also by Flask-Migrate
rails    migrations of Active Record
check    the query that asks the database
"""

from pocdeploy.source.migrations.check import query

__all__ = ["query"]
