"""Where does one box come from?"""
