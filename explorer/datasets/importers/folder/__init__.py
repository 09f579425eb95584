"""What all formats share: the files of a folder, their names, their texts and their sides."""
