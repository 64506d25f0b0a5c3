"""The places to turn: their files, their hours, and which may be named to whom."""
