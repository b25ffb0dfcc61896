"""A small world to try and test the bot in: a simulated Slack workspace and a simulated GitHub on one loopback port."""
