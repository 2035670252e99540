"""Raw exports in: read, hash, check against the raw contract, write `raw_<source>` schemas."""
