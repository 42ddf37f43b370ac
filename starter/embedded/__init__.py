"""PostgreSQL and Temporal for one machine, from installed wheels: no Docker, no administrator, real engines.

`throwaway_stack` is for a demo or tests, `run_supervisor` for a home that stays; `start_detached`, `status`, `stop` and
`read_addresses` are what any other process may do with such a home. Each is loaded when it is asked for: whoever only
wants to know where a home's engines are (`record`) loads none of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starter.embedded.control import HomeStatus, ProcessReport, start_detached, status, stop
    from starter.embedded.errors import EmbeddedError
    from starter.embedded.record import Addresses, read_addresses
    from starter.embedded.stack import Stack, throwaway_stack
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

_PLACES = {
    "NOT_FOR_WORKERS": "supervisor",
    "Addresses": "record",
    "EmbeddedError": "errors",
    "HomeStatus": "control",
    "ProcessReport": "control",
    "Stack": "stack",
    "read_addresses": "record",
    "run_supervisor": "supervisor",
    "start_detached": "control",
    "status": "control",
    "stop": "control",
    "throwaway_stack": "stack",
    "worker_environment": "supervisor",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
