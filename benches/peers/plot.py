"""A plot of times over sizes, both logarithmic, as SVG: a point a document, a colour a converter."""
import math
import textwrap
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 820, 520
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 50, 110
# told apart without colour too: each has its own mark
LOOKS = [('#0b6e4f', 'circle'), ('#c1440e', 'square'), ('#3d5a99', 'triangle')]


def svg(series, caption):
    """The plot of (name, [(bytes, ms)]); the caption stands beneath."""
    points = [p for _, of in series for p in of]
    x = Axis([b for b, _ in points], LEFT, WIDTH - RIGHT)
    y = Axis([ms for _, ms in points], HEIGHT - BOTTOM, TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
           'font-family="sans-serif" font-size="12">',
           '<title>Time of one conversion over the size of the document</title>',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for decade, at in x.decades():
        out.append(line(at, TOP, at, HEIGHT - BOTTOM))
        out.append(text(at, HEIGHT - BOTTOM + 18, size(decade), 'middle'))
    for decade, at in y.decades():
        out.append(line(LEFT, at, WIDTH - RIGHT, at))
        out.append(text(LEFT - 8, at + 4, f'{decade:g} ms', 'end'))
    out.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 38, 'size of the document', 'middle'))
    for i, ((name, of), (colour, shape)) in enumerate(zip(series, LOOKS)):
        out.append(f'<g fill="{colour}" fill-opacity="0.55">')
        out += [mark(shape, x.at(b), y.at(ms)) for b, ms in of]
        out.append('</g>')
        out.append(f'<g fill="{colour}">{mark(shape, LEFT + 8 + i * 240, TOP - 24)}</g>')
        out.append(text(LEFT + 18 + i * 240, TOP - 20, name, 'start'))
    lines = [part for words in caption for part in textwrap.wrap(words, 115, break_on_hyphens=False)]
    for i, words in enumerate(lines):
        out.append(text(LEFT, HEIGHT - 50 + i * 14, words, 'start', 10))
    out.append('</svg>\n')
    return '\n'.join(out)


class Axis:
    """A logarithmic axis over whole decades, from one place to another."""

    def __init__(self, values, start, end):
        self.low, self.high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        self.high = max(self.high, self.low + 1)
        self.start, self.end = start, end

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def decades(self):
        return [(10.0 ** d, self.at(10.0 ** d)) for d in range(self.low, self.high + 1)]


def mark(shape, x, y):
    if shape == 'circle':
        return f'<circle cx="{x:g}" cy="{y:g}" r="3"/>'
    if shape == 'square':
        return f'<rect x="{x - 2.5:g}" y="{y - 2.5:g}" width="5" height="5"/>'
    return f'<path d="M{x:g} {y - 3.5:g}l3.5 6h-7z"/>'


def line(x1, y1, x2, y2):
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="#ddd"/>'


def text(x, y, words, anchor, points=12):
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{points}">{escape(words)}</text>'


def size(number):
    return f'{number / 1e6:g} MB' if number >= 1e6 else f'{number / 1e3:g} KB'
