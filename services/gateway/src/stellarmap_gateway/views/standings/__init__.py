"""Standings: the board, its movement, and where one account stands."""
