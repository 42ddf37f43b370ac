"""SLA calendars and clocks: pure functions, no I/O, no clock of the machine."""
