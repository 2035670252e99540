"""What Dagster loads (`make dev`). Importing it opens no database and no network."""

from orchestration.build import build_defs

defs = build_defs()
