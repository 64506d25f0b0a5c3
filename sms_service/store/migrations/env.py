"""Run migrations on the connection that `sms_service.schema` gives."""

from alembic import context

from sms_service.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
