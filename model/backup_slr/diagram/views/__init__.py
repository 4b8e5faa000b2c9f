"""The views: each looks at the model in one way and makes a neutral graph of what it sees."""
