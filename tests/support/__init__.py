"""What several kinds of tests share. `from tests.support.<module> import …`."""
