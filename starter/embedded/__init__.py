"""PostgreSQL and Temporal for one machine, from installed wheels: no Docker, no administrator, real engines.

`throwaway_stack` is for a demo or tests, `run_supervisor` for a home that stays; `start_detached`, `status`, `stop` and
`read_addresses` are what any other process may do with such a home.
"""

from starter.embedded.control import HomeStatus, ProcessReport, start_detached, status, stop
from starter.embedded.errors import EmbeddedError
from starter.embedded.stack import Addresses, Stack, read_addresses, throwaway_stack
from starter.embedded.supervisor import NOT_FOR_WORKERS, run_supervisor, worker_environment

__all__ = [
    "NOT_FOR_WORKERS",
    "Addresses",
    "EmbeddedError",
    "HomeStatus",
    "ProcessReport",
    "Stack",
    "read_addresses",
    "run_supervisor",
    "start_detached",
    "status",
    "stop",
    "throwaway_stack",
    "worker_environment",
]
