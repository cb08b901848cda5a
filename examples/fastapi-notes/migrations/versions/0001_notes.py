"""Notes and their summaries."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE note (id bigserial PRIMARY KEY, body text NOT NULL)")
    op.execute(
        "CREATE TABLE summary (id bigserial PRIMARY KEY, notes integer NOT NULL, words integer NOT NULL,"
        " made timestamptz NOT NULL DEFAULT now())"
    )


def downgrade():
    op.execute("DROP TABLE note, summary")
