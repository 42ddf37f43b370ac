"""Use case: what if visits of a plan were otherwise: drafts of it, step by step, checked before anything is applied."""
