"""An endpoint for clients of AWS, which the rules answer."""
