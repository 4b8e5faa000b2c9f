"""What the operations of the endpoint mean: an account in a state of the model, with the things that clients see."""
