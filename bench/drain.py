"""How drain3 is set up where it is measured: as it comes, or with the masks that its users usually give it."""

from drain3.masking import MaskingInstruction
from drain3.template_miner_config import TemplateMinerConfig

_MASKS = {
    "UUID": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "IP": r"((?<=[^A-Za-z0-9])|^)(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})((?=[^A-Za-z0-9])|$)",
    "HEX": r"((?<=[^A-Za-z0-9])|^)(0x[a-fA-F0-9]+|[0-9a-f]{6,})((?=[^A-Za-z0-9])|$)",
    "PATH": r"((?<=[^A-Za-z0-9])|^)(/[\w.-]+)+",
    "NUM": r"((?<=[^A-Za-z0-9])|^)([\-\+]?\d+)((?=[^A-Za-z0-9])|$)",
}


def drain_config(*, masked: bool) -> TemplateMinerConfig:
    """Return the configuration."""
    config = TemplateMinerConfig()
    if masked:
        config.masking_instructions = [MaskingInstruction(pattern, name) for name, pattern in _MASKS.items()]
    return config
