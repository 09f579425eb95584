"""What is in the record files?"""
