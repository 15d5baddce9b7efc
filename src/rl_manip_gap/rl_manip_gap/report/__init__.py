"""What people read: page, plots, tables, and the sentences of the verdict."""
