"""``python -m imgdisplay``."""

from imgdisplay.cli import main

if __name__ == "__main__":
    main(prog_name="imgdisplay")
