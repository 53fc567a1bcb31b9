"""What would move: the lock of images, compared with what is exported already."""
