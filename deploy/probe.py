#!/usr/bin/env python3
"""`stellarmap-probe [PATH]`: exits 0 when this container's service answers that path with a success; else says why not."""

import http.client
import os
import sys

PATIENCE_S = 4


def main() -> int:
    """0 when it answers."""
    path = sys.argv[1] if len(sys.argv) > 1 else "/livez"
    port = int(os.environ.get("STELLARMAP_HTTP_PORT", "8400"))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read(2_000).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"port {port} does not answer: {error}\n")
        return 1
    finally:
        connection.close()
    if answer.status == http.client.OK:
        return 0
    sys.stderr.write(f"{path}: {answer.status} {said}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
