"""Measurements that a person runs: nothing here is imported by the program or asserted by a test."""
