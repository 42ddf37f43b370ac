"""Asking AI providers: one protocol, a module for each provider, and the activities that ask them."""
