"""One module a command: `command` declares its options, `run` does the work."""
