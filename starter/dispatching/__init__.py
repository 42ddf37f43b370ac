"""Use case: who goes where and when is planned, shown, and applied by commands to the tickets."""
