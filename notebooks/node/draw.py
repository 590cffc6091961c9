"""Write 320×240 raw RGB pixels to standard output, as any program can."""

import sys

WIDTH, HEIGHT = 320, 240

pixels = bytearray()
for row in range(HEIGHT):
    for column in range(WIDTH):
        pixels += bytes((255 * column // (WIDTH - 1), 255 * row // (HEIGHT - 1), 128))
sys.stdout.buffer.write(pixels)
