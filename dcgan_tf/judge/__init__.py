"""How good and how new pictures are."""
