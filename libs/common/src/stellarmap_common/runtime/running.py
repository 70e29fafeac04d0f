"""The process that holds a data folder, as commands find it and speak with it."""

from stellarmap_common.adapters.local.running import LocalApi, announced, local_api, running_url

__all__ = ["LocalApi", "announced", "local_api", "running_url"]
