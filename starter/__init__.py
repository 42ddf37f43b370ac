"""Every way in: intake, commands, the command line, the embedded engines."""
