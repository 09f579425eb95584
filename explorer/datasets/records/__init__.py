"""RecordIO files: written, read, taken apart byte by byte."""
