"""How do loss, accuracy and learning rate develop?"""
