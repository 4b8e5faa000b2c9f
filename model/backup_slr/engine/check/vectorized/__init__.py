"""The same exploration and queries on NumPy arrays, for millions of states; `engine` chooses between the two."""
