"""How long Temporal keeps the histories of closed tickets, where that is ours to say: on the embedded server."""

from __future__ import annotations

from datetime import timedelta

from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client

from starter.calling import once

EMBEDDED_RETENTION = timedelta(days=90)
"""As the Docker installation's default. The development server's own is a day: too short to reopen a ticket."""


async def keep_closed_tickets(client: Client, retention: timedelta = EMBEDDED_RETENTION) -> None:
    """Let the namespace keep closed workflows for at least that long. Idempotent.

    Raises:
        TemporalUnavailable: Temporal does not answer, or does not let us.
    """
    service = client.workflow_service
    found = await once(service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace)))
    if found.config.workflow_execution_retention_ttl.ToTimedelta() >= retention:
        return
    config = NamespaceConfig()
    config.workflow_execution_retention_ttl.FromTimedelta(retention)
    await once(service.update_namespace(UpdateNamespaceRequest(namespace=client.namespace, config=config)))
