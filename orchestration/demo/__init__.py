"""A demo company with known truth, written as the raw tables that loaders would leave.

Six latent kinds of customer (`segments`) buy, stay, grow and cost differently; the tables show only what a
CRM, a billing system, a help desk and the others would know, with the dirt they have. See `write.write_demo`.
"""

from orchestration.demo.write import DemoSummary, write_demo

__all__ = ["DemoSummary", "write_demo"]
