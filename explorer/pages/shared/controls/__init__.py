"""Controls, tables and files to save."""
