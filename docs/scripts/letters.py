"""Draw thirty letters, three of each of ten, in the fonts of Matplotlib: `letters.py FOLDER`."""

import sys
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

LETTERS = "ABCDEFGHJK"
FONTS = ("DejaVuSans-Bold", "DejaVuSerif", "DejaVuSansMono-BoldOblique")
SIDE, SIZE = 28, 22  # of an image and of a letter, in pixels

folder = Path(sys.argv[1])
folder.mkdir(parents=True)
for font in FONTS:
    file = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    for letter in LETTERS:
        image = Image.new("L", (SIDE, SIDE))
        middle = (SIDE // 2, SIDE // 2)
        drawn = ImageFont.truetype(str(file), SIZE)
        ImageDraw.Draw(image).text(middle, letter, "white", drawn, anchor="mm")
        image.save(folder / f"{letter}-{font}.png")
