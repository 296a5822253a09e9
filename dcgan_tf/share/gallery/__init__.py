"""All finished runs on one page."""
