"""The effects: one class a concern, dependencies through the constructor."""
