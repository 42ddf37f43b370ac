"""Refitting the local engine to the tickets that this installation has verified, and going back."""
