"""`fieldcare audit …`: options in `declare`, what they do beside it, what people see in `show…`."""
