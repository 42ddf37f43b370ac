"""The schema, its SQL functions and its seeds, on a real PostgreSQL."""
