"""Pictures, the boxes on them, and how they are chosen, uploaded and drawn on."""
