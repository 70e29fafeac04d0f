"""What keeps a server from answering."""


class NoServer(Exception):
    """This machine has neither an address, nor an engine, nor what starts the jars: the sentence says what is missing."""


class ServerDied(Exception):
    """The process of a server ended by itself; the end of its log stands in the message."""


class PortTaken(ServerDied):
    """It ended because somebody else had come to hold one of its ports."""
