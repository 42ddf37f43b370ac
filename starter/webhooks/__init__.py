"""Use case: other houses are told of events; the endpoints, their secrets, what was sent, and sending it again."""
