"""The commands of the command line, a module a topic: each adds its own to the parser with `register`."""
