"""How fast calls may leave, shared by all processes of a machine."""
