"""Networks of actors and critics, and running normalisation."""
