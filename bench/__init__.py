"""How fast the service is: `make bench`. Everything that is compared runs in one go, in turn, on the same machine."""
