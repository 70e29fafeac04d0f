"""The public contract: what the API takes and answers. `docs/reference/openapi.json` is generated from it."""
