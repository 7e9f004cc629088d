"""System checks: an unsafe mix of settings stops the start."""
