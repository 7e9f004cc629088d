"""`/images/…`: sizes of pictures, answered from a folder in front of Django and made where they are missing."""
