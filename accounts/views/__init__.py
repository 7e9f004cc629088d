"""The pages about one's own account that are not allauth's alone."""
