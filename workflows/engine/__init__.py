"""The stage engine: pure state and rules. It knows no Temporal, no database and no time but what it is told."""
