"""One module a feature. They import `bot.api` and nothing else of ours."""
