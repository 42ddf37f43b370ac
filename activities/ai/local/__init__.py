"""The `local` engine: it reasons from the fault knowledge base and past tickets, without a network, and says so."""
