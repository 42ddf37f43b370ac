"""What programs talk to: `/api/v1`, by JSON over HTTP. docs/api.md; docs/adr/0030-the-api.md."""
