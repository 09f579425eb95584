"""Where do the images and labels come from?"""
