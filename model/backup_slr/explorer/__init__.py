"""The explorer: walk through the lifecycle of an account, with the reasons for what is refused."""
