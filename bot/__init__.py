"""chatopsd: releases, log watch, acknowledgement and audit, where the team talks."""

__version__ = "0.1.0"
