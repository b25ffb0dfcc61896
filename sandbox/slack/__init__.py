"""A simulated Slack workspace: the Web API, Socket Mode, and the people who click."""
