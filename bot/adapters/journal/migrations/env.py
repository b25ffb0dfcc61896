"""Run the migrations on the connection that the journal passes in, inside its transaction."""

from alembic import context

from bot.adapters.journal.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's CREATE and ALTER are rolled back like anything else
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
