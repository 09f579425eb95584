"""How are labels drawn and corrected?"""
