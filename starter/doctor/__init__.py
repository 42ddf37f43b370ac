"""Examines a database: each check on its own, each with what it found and what to do about it. Changes nothing."""

from starter.doctor.checks import CHECKS
from starter.doctor.examination import Finding, Problem, Verdict, examine

__all__ = ["CHECKS", "Finding", "Problem", "Verdict", "examine"]
