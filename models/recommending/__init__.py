"""Who is right for the work of a stage: what speaks for and against each engineer, scores, their order. Pure."""
