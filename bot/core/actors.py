"""Who acts where no person of ours does, as the audit names them."""

DAEMON = "chatopsd"  # by itself, or on a schedule
GITHUB = "github"  # somebody there, or GitHub itself
