"""What people read: the pages, the terminal lists, and the read functions they share."""
