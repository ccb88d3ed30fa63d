"""A face that is drawn when it is needed, so that no picture of anybody lies in the repository."""

from PIL import Image, ImageDraw, ImageFilter

_SIZE = (400, 520)


def face(height: int) -> tuple[Image.Image, Image.Image]:
    """From the front, evenly lit: hair, brows, eyes, nose and mouth in grays, and what of the picture is the head."""
    drawn, head = Image.new("L", _SIZE, 110), Image.new("L", _SIZE, 0)
    ImageDraw.Draw(head).ellipse((25, 0, 375, 505), fill=255)
    pen = ImageDraw.Draw(drawn)
    pen.ellipse((30, 0, 370, 420), fill=45)
    pen.ellipse((60, 40, 340, 500), fill=205)
    for x in (135, 265):
        pen.ellipse((x - 48, 195, x + 48, 255), fill=150)
        pen.ellipse((x - 32, 212, x + 32, 244), fill=235)
        pen.ellipse((x - 15, 212, x + 15, 244), fill=30)
        pen.line((x - 45, 183, x + 45, 183), fill=60, width=14)
    pen.polygon([(200, 225), (175, 335), (225, 335)], fill=180)
    for x in (182, 218):
        pen.ellipse((x - 10, 318, x + 10, 340), fill=110)
    pen.ellipse((140, 380, 260, 425), fill=130)
    pen.line((140, 400, 260, 400), fill=70, width=8)
    size = (height * _SIZE[0] // _SIZE[1], height)
    return drawn.filter(ImageFilter.GaussianBlur(7)).resize(size), head.resize(size)


def crowd(*places: tuple[int, int, int], size: tuple[int, int] = (640, 360)) -> Image.Image:
    """A plain picture with a face in each place: left, top, height."""
    picture = Image.new("L", size, 110)
    for left, top, height in places:
        drawn, head = face(height)
        picture.paste(drawn, (left, top), head)
    return picture
