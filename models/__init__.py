"""The vocabulary and the rules: no Temporal client, no AI SDK."""
