/*
 * imappushd's qr: draws the text on its standard input as a QR code, for a
 * phone's camera.
 *
 * A program of its own, so that the daemon is not linked to what only draws,
 * and so that the text stands in no argument: it may hold a secret one day.
 * Two modules share a character, as half blocks of UTF-8. The colours are set,
 * black on white with a margin of white, because cameras need them and nobody
 * knows those of a terminal.
 */
#include "base/sandbox.h"

#include <errno.h>
#include <qrencode.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <unistd.h>

/* What the largest code holds at this level is 2953 bytes (ISO 18004). */
#define TEXT_MAX 2953
#define MARGIN 4 /* modules of white that have to be around it */

static bool is_dark(const QRcode *code, int x, int y)
{
    if (x < 0 || y < 0 || x >= code->width || y >= code->width)
        return false;
    return code->data[y * code->width + x] & 1;
}

static void draw(const QRcode *code)
{
    static const char *const halves[2][2] = {{" ", "\u2584"},
                                             {"\u2580", "\u2588"}};
    int end = code->width + MARGIN;

    for (int y = -MARGIN; y < end; y += 2) {
        fputs("\033[38;5;16;48;5;231m", stdout);
        for (int x = -MARGIN; x < end; x++)
            fputs(halves[is_dark(code, x, y)][is_dark(code, x, y + 1)], stdout);
        puts("\033[0m");
    }
}

/* Lines that are broken make no code. */
static bool fits(const QRcode *code)
{
    struct winsize size;
    int wanted = code->width + 2 * MARGIN;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0 ||
        size.ws_col >= wanted)
        return true;
    fprintf(stderr,
            "imappushd: the QR code needs a terminal of %d columns, and "
            "this one has %d\n",
            wanted, (int)size.ws_col);
    return false;
}

int main(void)
{
    char text[TEXT_MAX + 2];

    sandbox_every_process();
    size_t length = fread(text, 1, sizeof text - 1, stdin);

    text[length] = '\0';
    length = strcspn(text, "\n");
    text[length] = '\0';
    if (length == 0 || length > TEXT_MAX) {
        fprintf(stderr, "imappushd: a QR code holds 1 to %d bytes\n", TEXT_MAX);
        return EX_DATAERR;
    }
    QRcode *code =
        QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L); /* 0: what it needs */

    if (!code) {
        fprintf(stderr, "imappushd: no QR code can be made: %s\n",
                strerror(errno));
        return EX_OSERR;
    }
    bool fitting = fits(code);

    if (fitting)
        draw(code);
    QRcode_free(code);
    return fitting && fflush(stdout) == 0 ? EX_OK : EX_UNAVAILABLE;
}
