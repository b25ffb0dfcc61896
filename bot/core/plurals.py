"""Numbers of things, in words."""


def counted(number: int, what: str) -> str:
    """Say how many there are: "1 error", "12,034 lines", "3 batches"."""
    return f"{number:,} {what}" + ("" if number == 1 else "es" if what.endswith("ch") else "s")
