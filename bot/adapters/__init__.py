"""The outside, one room for each: Slack, GitHub, the journal, the logs, the clock. Each implements a port."""
