"""What can be asked: a file for each task, its prompt beside it, and the registry of all."""
