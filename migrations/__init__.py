"""The database's schema, its replaceable SQL objects and its seeds."""
