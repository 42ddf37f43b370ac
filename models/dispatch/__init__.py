"""Who goes where, and when: the problem of a plan, the plan, and what is said of it. Pure."""
