"""The Slack adapter: envelopes as tables; the edge, the sockets and the chat against the sandbox."""
