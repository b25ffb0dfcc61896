"""Values and decisions, pure: no input or output, no clock, no threads."""
