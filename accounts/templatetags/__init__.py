"""What templates about accounts load."""
