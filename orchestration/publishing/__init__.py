"""Marts out: candidate file, audit, versioned publish behind one link, rollback."""
