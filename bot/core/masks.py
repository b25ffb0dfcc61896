"""What stands in a template where a variable stood; apart from the fingerprints, whose patterns take a while to build."""

MASK = "<*>"
