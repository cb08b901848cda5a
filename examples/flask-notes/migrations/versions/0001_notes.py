"""The table of notes."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE note (id bigserial PRIMARY KEY, body text NOT NULL, words integer)")


def downgrade():
    op.execute("DROP TABLE note")
