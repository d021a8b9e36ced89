"""The worksheets as declared, as the app has them, and both joined."""
