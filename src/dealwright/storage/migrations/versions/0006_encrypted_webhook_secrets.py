"""The passwords and signing secrets of webhooks, encrypted with the platform's key."""

from __future__ import annotations

from alembic import context, op

revision = "0006"
down_revision = "0005"

RENAMED = {"http_auth_password": "sealed_http_auth_password", "secret": "sealed_secret"}


def upgrade() -> None:
    """Encrypts what is there, and gives the columns names that say so."""
    connection = op.get_bind()
    encrypt = context.config.attributes["encrypt"]
    if connection.dialect.name == "sqlite":
        # Otherwise the plain text stays in the free space of the file.
        connection.exec_driver_sql("pragma secure_delete = on")
    for old, new in RENAMED.items():
        connection.exec_driver_sql(f"alter table webhooks rename column {old} to {new}")
        for id, plain in connection.exec_driver_sql(f"select id, {new} from webhooks where {new} is not null").all():
            place = "?" if connection.dialect.name == "sqlite" else "%s"
            connection.exec_driver_sql(f"update webhooks set {new} = {place} where id = {place}", (encrypt(plain), id))
