"""What must hold of every flow before anybody may be asked with it."""
