"""Plans of visits: travel between them, solvers, an evaluator that trusts none of these, and explanations."""
