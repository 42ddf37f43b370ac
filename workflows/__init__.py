"""The story of a ticket; deterministic. `registry.WORKFLOWS` is where a template's `workflow_type` is looked up."""
