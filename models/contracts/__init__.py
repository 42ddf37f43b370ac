"""Frozen messages that cross a boundary: start input, updates, signals, activity inputs and results."""
