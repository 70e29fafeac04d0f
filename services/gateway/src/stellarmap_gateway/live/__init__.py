"""The live stream: from the live topic to the browsers."""
